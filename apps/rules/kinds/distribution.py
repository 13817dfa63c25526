"""Distribution: a statistic of a column of numbers stays where it was, or within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from statistics import fmean
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from apps.common.durations import Duration, Percent
from apps.common.errors import InvalidInput
from apps.common.plugins import LABELS
from apps.common.records import record
from apps.connections.services import Column, Dialect
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit, VerdictName
from apps.rules.kinds.settings import RowSettings
from apps.rules.kinds.wants import Condition, CountWhere, Number, Statistic, Want

KEPT = "distribution"
FEWEST = 3  # days without which a mean says nothing
DAYS = 30
StatisticName = Literal["mean", "median", "p05", "p95", "zero_share", "least", "most", "sum"]
SHARES = {"median": 0.5, "p05": 0.05, "p95": 0.95}
WORDS: Mapping[str, str] = {
    "mean": "the mean of {}", "median": "the median of {}", "p05": "the value of {} that 5 % do not exceed",
    "p95": "the value of {} that 95 % do not exceed", "zero_share": "the share of zeros in {}",
    "least": "the least {}", "most": "the greatest {}", "sum": "the sum of {}",
}  # fmt: skip


@record
class Quantile(Number):
    """Wants the value that a share of the values does not exceed."""

    column: str
    share: float

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect, when: str) -> str:
        value = sql.name(self.column)
        shown = f"CASE WHEN {when} THEN {value} END" if when else value
        return sql.quantile.format(shown, self.share)


@record
class Zero(Condition):
    """The value is 0."""

    column: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect) -> str:
        return f"{sql.name(self.column)} = 0"


class DistributionSettings(RowSettings):
    """Which statistic, and where it may lie."""

    column: str = Field(min_length=1, title="Column", description="A column of numbers.")
    statistic: StatisticName = Field(
        "mean",
        title="Statistic",
        description="What is watched of its values.",
        json_schema_extra={LABELS: {name: words.format("the column") for name, words in WORDS.items()}},
    )
    at_least: float | None = Field(None, allow_inf_nan=False, title="At least", description="Alerts below this.")
    at_most: float | None = Field(None, allow_inf_nan=False, title="At most", description="Alerts above this.")
    drop: Percent | None = Field(
        None, ge=0, le=100, title="Drop", description="Alerts so far below the mean of the last 30 days, such as 30%."
    )
    spike: Percent | None = Field(
        None, ge=0, title="Spike", description="Alerts so far above the mean of the last 30 days, such as 50%."
    )
    every: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        title="Check every",
        description="How often to look.",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.at_least, self.at_most, self.drop, self.spike) == (None, None, None, None):
            raise ValueError("set at least one limit: at_least, at_most, drop or spike")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least must not be more than at_most")
        return self

    @property
    def relative(self) -> bool:
        return self.drop is not None or self.spike is not None


class Distribution(Kind):
    """Remembers the last value, the last good one of each of the last 30 days, and a value that a person accepted."""

    label = "Distribution"
    unit: ClassVar[Unit] = "number"
    tells = "The mean, a quantile or the share of zeros of a number is not where it was."
    Settings = DistributionSettings
    settings: DistributionSettings

    @property
    def check_every(self) -> timedelta:
        return self.settings.every

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        check_column(self.settings.column, subject, columns, holds="numbers")
        if self.settings.statistic in SHARES and subject.sql is not None and not subject.sql.quantile:
            message = "This data store reckons no quantiles. Choose the mean, the least or the greatest value."
            raise InvalidInput(message, field="statistic")

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return () if known.unwritten and KEPT in known.memory else self._wanted

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        kept: Mapping[str, Any] = known.memory.get(KEPT, {})
        asked = self._wanted[0] in answers
        value, filled = self._read(answers) if asked else (kept.get("value"), kept.get("filled", 0))
        if value is None:
            reason = f"No row of {subject.table} has a value in {self.settings.column}."
            return Judgement("unknown", known.memory, reason=reason)
        if not isfinite(value):
            return Judgement("unknown", known.memory, reason=self._endless(subject))
        today = now.astimezone(subject.zone).date().isoformat()
        days = [each for each in kept.get("days", []) if each[0] != today]
        normal = fmean(each[1] for each in days) if len(days) >= FEWEST else None
        low, high = self._limits(normal)
        outside = (low is not None and value < low) or (high is not None and value > high)
        excused = value if accepted else kept.get("excused")
        verdict = self._verdict(outside=outside, excused=_as_near(value, excused, low, high), known=normal is not None)
        good = [*days, [today, value]][-DAYS:] if verdict != "breached" else kept.get("days", [])
        memory = {"value": value, "filled": filled, "days": good, "excused": excused if outside else None}
        return Judgement(
            verdict,
            {KEPT: memory},
            measured=value,
            low=low,
            high=high,
            source="reckoned from the table",
            reason=self._reason(verdict, value, normal, low, high, len(days), outside=outside),
            facts=self._facts(value, normal, low, high) if verdict == "breached" else {},
            readings=(Reading("measured", now, value),) if value != kept.get("value") else (),
            expected=normal,
            basis=float(filled),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        days = (memory.get(KEPT) or {}).get("days", [])
        normal = fmean(each[1] for each in days) if len(days) >= FEWEST else None
        parts = [f"below {self._shown(self.settings.at_least)}"] if self.settings.at_least is not None else []
        parts += [f"above {self._shown(self.settings.at_most)}"] if self.settings.at_most is not None else []
        for share, side in ((self.settings.drop, "below"), (self.settings.spike, "above")):
            parts += [f"more than {share:,g} % {side} the mean of the last {DAYS} days"] if share is not None else []
        then = f" ({self._shown(normal)} now)" if normal is not None and self.settings.relative else ""
        return f"Alerts if {self._what} in {subject} is {' or '.join(parts)}{then}."

    @property
    def _what(self) -> str:
        return WORDS[self.settings.statistic].format(self.settings.column)

    @property
    def _wanted(self) -> tuple[Number, ...]:
        name, column = self.settings.statistic, self.settings.column
        filled = Statistic("values", column)
        if name == "zero_share":
            return (filled, CountWhere(Zero(column)))
        if name in SHARES:
            return (filled, Quantile(column, SHARES[name]))
        # Spelled out, so that the type checker knows that it is one of the statistics.
        functions: dict[str, Literal["mean", "least", "most", "sum"]] = {
            "mean": "mean", "least": "least", "most": "most", "sum": "sum",
        }  # fmt: skip
        return (filled, Statistic(functions[name], column))

    def _read(self, answers: Mapping[Want, Any]) -> tuple[float | None, int]:
        filled_want, value_want = self._wanted
        filled, value = int(answers[filled_want] or 0), answers[value_want]
        if self.settings.statistic == "zero_share":
            return (float(value or 0) * 100 / filled if filled else None), filled
        return (None if value is None else float(value)), filled

    def _limits(self, normal: float | None) -> tuple[float | None, float | None]:
        lows = [self.settings.at_least] if self.settings.at_least is not None else []
        highs = [self.settings.at_most] if self.settings.at_most is not None else []
        if normal is not None:
            lows += [normal - abs(normal) * self.settings.drop / 100] if self.settings.drop is not None else []
            highs += [normal + abs(normal) * self.settings.spike / 100] if self.settings.spike is not None else []
        return max(lows, default=None), min(highs, default=None)

    def _verdict(self, *, outside: bool, excused: bool, known: bool) -> VerdictName:
        if outside and not excused:
            return "breached"
        return "learning" if self.settings.relative and not known and not excused else "ok"

    def _reason(
        self, verdict: VerdictName, value: float, normal: float | None, low: float | None, high: float | None,
        days: int, *, outside: bool,
    ) -> str:  # fmt: skip
        if verdict == "learning":
            return f"Days known before today: {days}; {FEWEST} are needed to know what is normal."
        if not outside:
            return ""
        usual = f"; the mean of the last {DAYS} days is {self._shown(normal)}" if normal is not None else ""
        limit = self._shown(low if low is not None and value < low else high)
        side = "below" if low is not None and value < low else "above"
        what = self._what
        words = f"{what[:1].upper()}{what[1:]} is {self._shown(value)}, {side} {limit}{usual}."
        return words if verdict == "breached" else f"{words} A person accepted it."

    def _endless(self, subject: Subject) -> str:
        column = self.settings.column
        return (
            f"{self._what[:1].upper()}{self._what[1:]} in {subject.table} is no finite number, because rows hold NaN "
            f"or infinity in {column}. Leave them out with a condition (where), or mend them."
        )

    def _facts(self, value: float, normal: float | None, low: float | None, high: float | None) -> dict[str, Any]:
        return {
            "situation": "number", "what": self._what, "value": value, "normal": normal, "low": low, "high": high,
            "percent": self.settings.statistic == "zero_share", "reason": "",
        }  # fmt: skip

    def _shown(self, value: float | None) -> str:
        if value is None:
            return "nothing"
        return f"{value:,.4g} %" if self.settings.statistic == "zero_share" else f"{value:,.6g}"


def _as_near(value: float, excused: float | None, low: float | None, high: float | None) -> bool:
    """Whether a value beyond a limit lies no farther out than one that a person accepted."""
    if excused is None:
        return False
    return excused <= value if low is not None and value < low else high is None or value <= max(high, excused)

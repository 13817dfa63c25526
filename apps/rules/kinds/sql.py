"""SQL that a person wrote: a number that must lie within limits, or rows that must not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple, Self

from django.utils.module_loading import import_string
from pydantic import Field, model_validator

from apps.common.durations import Duration
from apps.common.errors import InvalidInput
from apps.common.plugins import LABELS
from apps.connections.services import Column
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit
from apps.rules.kinds.masking import MASK, masked
from apps.rules.kinds.settings import NoiseSettings
from apps.rules.kinds.wants import Want
from apps.rules.kinds.written import CHECKS, TABLE, CountOfRows, FirstRows, OneNumber, SqlText, Written
from apps.rules.limits import count_words

SOURCE = "the rule's query"
KEPT = "query"  # where the last number stands in the memory, and which one a person has accepted
MOST_SAMPLES = 50
EXACT_DIGITS = 18  # in longer numbers, people do not read every digit


class SqlSettings(NoiseSettings):
    """What to ask, and which answer is fine."""

    sql: SqlText = Field(
        title="SQL", description=f"One SELECT in the SQL of the data store; {TABLE} stands for the rule's table."
    )
    expect: Literal["number", "no_rows"] = Field(
        "number",
        title="Expect",
        description="What the query gives.",
        json_schema_extra={LABELS: {"number": "one number within limits", "no_rows": "rows that must not exist"}},
    )
    at_least: float | None = Field(
        None, allow_inf_nan=False, title="At least", description="Alerts when the number is smaller."
    )
    at_most: float | None = Field(
        None, allow_inf_nan=False, title="At most", description="Alerts when the number is larger."
    )
    equals: float | None = Field(
        None, allow_inf_nan=False, title="Equals", description="Alerts when it is any other number."
    )
    samples: int = Field(
        10,
        ge=0,
        le=MOST_SAMPLES,
        title="Rows to show",
        description="Of rows that must not exist. 0: only their number.",
    )
    every: Duration = Field(
        timedelta(hours=1), ge=timedelta(minutes=1), title="Check every", description="How often to ask."
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        limits = [limit for limit in (self.at_least, self.at_most, self.equals) if limit is not None]
        if self.expect == "no_rows" and limits:
            raise ValueError("rows that must not exist have no limits; leave at_least, at_most and equals out")
        if self.expect == "number" and not limits:
            raise ValueError("give at_least, at_most or equals")
        if self.equals is not None and len(limits) > 1:
            raise ValueError("give equals, or at_least and at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least must not be more than at_most")
        return self


class Limits(NamedTuple):
    """The smallest and the largest number that are fine; None: no limit on that side."""

    low: Decimal | None = None
    high: Decimal | None = None

    def hold(self, number: Decimal) -> bool:
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    def widened(self, number: Decimal | None) -> Limits:
        """The limits with a number beyond them taken in."""
        if number is None:
            return self
        low = None if self.low is None else min(self.low, number)
        return Limits(low, None if self.high is None else max(self.high, number))

    @property
    def fine(self) -> str:
        """`at least 5 and at most 10`"""
        if self.low is not None and self.low == self.high:
            return f"exactly {number_words(self.low)}"
        sides = ((self.low, "at least"), (self.high, "at most"))
        return " and ".join(f"{side} {number_words(limit)}" for limit, side in sides if limit is not None)

    @property
    def wrong(self) -> str:
        """`less than 5 or more than 10`"""
        if self.low is not None and self.low == self.high:
            return f"any other number than {number_words(self.low)}"
        sides = ((self.low, "less than"), (self.high, "more than"))
        return " or ".join(f"{side} {number_words(limit)}" for limit, side in sides if limit is not None)


class Sql(Kind):
    label = "Own query"
    tells = "A query of your own gives a number beyond its limits, or finds rows that must not exist."
    unit: ClassVar[Unit] = "number"
    own_statements: ClassVar[bool] = True
    Settings = SqlSettings
    settings: SqlSettings

    @property
    def check_every(self) -> timedelta:
        return self.settings.every

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        return  # what the query reads is the store's to say: it is tried when the rule is saved

    def refuse_sql(self, subject: Subject) -> None:
        text, checks = self.settings.sql, {"shown": self.settings.samples > 0} if self._finds_rows else {}
        check = import_string(f"{CHECKS}.check_{'rows' if self._finds_rows else 'number'}")
        try:
            check(text, subject.dialect, **checks)
        except InvalidInput as error:
            raise InvalidInput(f"sql: {error}", field="sql") from error

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return (self._number,)  # whatever it reads may have changed, be it the clock

    def wants_more(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Sequence[Want]:
        found = answers.get(self._number)
        return (self._samples,) if self._finds_rows and self.settings.samples and found else ()

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        before: Mapping[str, Any] = known.memory.get(KEPT, {})
        number: Decimal = answers[self._number]
        limits = self._limits
        excused = number if accepted else _decimal(before.get("excused"))
        fine, breached = limits.hold(number), not limits.widened(excused).hold(number)
        kept = {"number": str(number)} | ({"excused": str(excused)} if excused is not None and not fine else {})
        return Judgement(
            "breached" if breached else "ok",
            memory={KEPT: kept},
            measured=float(number),
            low=_float(limits.low),
            high=_float(limits.high),
            source=SOURCE,
            reason="" if fine else self._reason(subject, number, breached=breached),
            facts=self._facts(subject, number, answers) if breached else {},
            readings=(Reading("measured", now, float(number)),) if kept["number"] != before.get("number") else (),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        if self._finds_rows:
            return f"Alerts if the query of this rule for {subject} finds any row."
        return f"Alerts if the query of this rule for {subject} gives {self._limits.wrong}."

    @property
    def _finds_rows(self) -> bool:
        return self.settings.expect == "no_rows"

    @property
    def _number(self) -> Written:
        return CountOfRows(self.settings.sql) if self._finds_rows else OneNumber(self.settings.sql)

    @property
    def _samples(self) -> FirstRows:
        return FirstRows(self.settings.sql, self.settings.samples)

    @property
    def _limits(self) -> Limits:
        settings = self.settings
        if self._finds_rows:
            return Limits(None, Decimal(0))
        if settings.equals is not None:
            return Limits(_decimal(settings.equals), _decimal(settings.equals))
        return Limits(_decimal(settings.at_least), _decimal(settings.at_most))

    def _reason(self, subject: Subject, number: Decimal, *, breached: bool) -> str:
        if self._finds_rows:
            words = f"The query found {count_words(int(number))} that must not exist"
        else:
            words = f"The query gave {number_words(number)}; {self._limits.fine} is expected"
        return f"{words}." if breached else f"{words}. A person accepted it."

    def _facts(self, subject: Subject, number: Decimal, answers: Mapping[Want, Any]) -> dict[str, Any]:
        if not self._finds_rows:
            number_facts = {"number": number_words(number), "expected": self._limits.fine}
            return {"situation": "query_number", **number_facts, "reason": ""}
        rows = answers.get(self._samples, ())
        samples = self._shown(subject, rows)
        return {"situation": "query_rows", "rows": int(number), "samples": samples, "reason": ""}

    def _shown(self, subject: Subject, rows: Sequence[Sequence[Any]]) -> list[str]:
        """The rows as people may see them. What is not known to be harmless is masked."""
        if not rows:
            return []
        outputs = import_string(f"{CHECKS}.outputs_of")(self.settings.sql, subject.dialect)
        if len(outputs) != len(rows[0]):
            return [", ".join(MASK for _ in row) for row in rows]
        return [
            ", ".join(f"{out.name} {MASK if out.personal else masked(out.name, value)}"
                      for out, value in zip(outputs, row, strict=True))
            for row in rows
        ]  # fmt: skip


def number_words(number: Decimal) -> str:
    """Exactly, with thousands separators: `1,204.50`; where that is too long to read, about."""
    if len(number.as_tuple().digits) > EXACT_DIGITS or abs(number.adjusted()) > EXACT_DIGITS:
        return f"{float(number):,.6g}"
    return f"{number:,f}".removesuffix(".0")


def _decimal(value: float | str | None) -> Decimal | None:
    """The number that people mean: 0.1 is a tenth."""
    return None if value is None else Decimal(str(value))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

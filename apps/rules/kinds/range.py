"""Range: numbers or times lie between a lowest and a highest value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.services import Column, Dialect
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.faulty import Faulty, FaultySettings
from apps.rules.kinds.wants import Condition, Number, Want

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Edge = float | str  # a number, or a date or time in ISO 8601


@record
class Outside(Condition):
    """The value lies below `lowest` or above `highest`. `timed`: these are seconds since 1970, and so is the value,
    where a time without a zone counts as if it were UTC."""

    column: str
    lowest: float | None
    highest: float | None
    timed: bool = False

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect) -> str:
        value = value_of(sql, self.column, timed=self.timed)
        below = [] if self.lowest is None else [f"{value} < {number(self.lowest)}"]
        above = [] if self.highest is None else [f"{value} > {number(self.highest)}"]
        return f"(CASE WHEN {' OR '.join(below + above)} THEN 1 ELSE 0 END = 1)"  # NULL lies nowhere


@record
class Extreme(Number):
    """Wants the least or the most of a column; of times, as seconds since 1970."""

    function: Literal["MIN", "MAX"]
    column: str
    timed: bool = False

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect, when: str) -> str:
        value = value_of(sql, self.column, timed=self.timed)
        shown = f"CASE WHEN {when} THEN {value} END" if when else value
        return f"CAST({self.function}({shown}) AS {sql.double})"


def value_of(sql: Dialect, column: str, *, timed: bool) -> str:
    return sql.seconds(sql.time(column)) if timed else sql.name(column)


def number(value: float) -> str:
    """A constant; a whole number without a point, so that it is compared exactly."""
    return str(int(value)) if value == int(value) else repr(value)


def _check_edge(edge: Edge) -> Edge:
    if isinstance(edge, str):
        try:
            return float(edge) if edge.strip().lstrip("+-").replace(".", "", 1).isdigit() else _iso(edge)
        except ValueError:
            raise ValueError(
                f"{edge!r} is no number, date or time; write 100, 2026-11-21 or 2026-11-21 03:00"
            ) from None
    if not abs(edge) < 1e18:
        raise ValueError("must be smaller than 10 to the power of 18")
    return edge


def _iso(text: str) -> str:
    return datetime.fromisoformat(text.strip()).isoformat(sep=" ").removesuffix(" 00:00:00")


EdgeSetting = Annotated[Edge | None, AfterValidator(lambda edge: None if edge is None else _check_edge(edge))]


class RangeSettings(FaultySettings):
    """Between which values a column lies."""

    column: str = Field(min_length=1, title="Column", description="A column with numbers, dates or times.")
    lowest: EdgeSetting = Field(
        None,
        title="Lowest",
        description="A lower value is faulty; this very value is fine. A number, a date or a time (UTC, if need be).",
    )
    highest: EdgeSetting = Field(
        None, title="Highest", description="A higher value is faulty; this very value is fine. Give one or both."
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        edges = [edge for edge in (self.lowest, self.highest) if edge is not None]
        if not edges:
            raise ValueError("give lowest, highest or both")
        if len({isinstance(edge, str) for edge in edges}) > 1:
            raise ValueError("lowest and highest must both be numbers, or both be dates or times")
        if len(edges) == 2 and position(edges[0]) > position(edges[1]):
            raise ValueError("lowest must not be above highest")
        return self


class Range(Faulty):
    label = "Range of values"
    tells = "Numbers, dates or times lie outside of what is possible."
    Settings = RangeSettings
    settings: RangeSettings

    @property
    def faults(self) -> Condition:
        lowest, highest = self.settings.lowest, self.settings.highest
        return Outside(
            self.settings.column,
            None if lowest is None else position(lowest),
            None if highest is None else position(highest),
            timed=self._timed,
        )

    @property
    def fault_words(self) -> str:
        below = [] if self.settings.lowest is None else [f"below {_shown(self.settings.lowest)}"]
        above = [] if self.settings.highest is None else [f"above {_shown(self.settings.highest)}"]
        return f"a value in {self.settings.column} {' or '.join(below + above)}"

    @property
    def shown_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.settings.key, self.settings.column)))

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        super().refuse(subject, columns, tells_changes=tells_changes)
        if not self._timed:
            check_column(self.settings.column, subject, columns, holds="numbers")
            return
        column = check_column(self.settings.column, subject, columns)
        said = f"Column {column.name!r} of {subject.table}"
        if not column.time:
            raise InvalidInput(f"{said} holds no times: its type is {column.type}. Give numbers.", field="column")
        edges = (("lowest", self.settings.lowest), ("highest", self.settings.highest))
        zoned = [name for name, edge in edges if edge is not None and datetime.fromisoformat(str(edge)).tzinfo]
        if zoned and column.time != "aware":
            raise InvalidInput(f"{said} holds times without a zone. Write {zoned[0]} without one, too.", field=zoned[0])

    def counted(self, subject: Subject) -> Sequence[Want]:
        return (*super().counted(subject), *self._extremes)

    def note(self, subject: Subject, answers: Mapping[Want, Any]) -> str:
        least, most = (answers[want] for want in self._extremes)
        if least is None or most is None or not (isfinite(least) and isfinite(most)):
            return ""  # what is not finite is shown among the faulty rows
        return f"The values go from {self._words(least)} to {self._words(most)}."

    @property
    def _timed(self) -> bool:
        return isinstance(self.settings.highest if self.settings.lowest is None else self.settings.lowest, str)

    @property
    def _extremes(self) -> tuple[Extreme, Extreme]:
        column, timed = self.settings.column, self._timed
        return Extreme("MIN", column, timed), Extreme("MAX", column, timed)

    def _words(self, value: float) -> str:
        return moment_words(value) if self._timed else _shown(value)


def position(edge: Edge) -> float:
    """A number, or the seconds since 1970 of a time, which without a zone counts as if it were UTC."""
    if not isinstance(edge, str):
        return edge
    moment = datetime.fromisoformat(edge)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH).total_seconds()


def moment_words(seconds: float) -> str:
    """`2026-11-21 03:00:00`, as the column has it."""
    try:
        return (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    except OverflowError:
        return "a time beyond the year 9999" if seconds > 0 else "a time before the year 1"


def _shown(edge: Edge) -> str:
    return edge if isinstance(edge, str) else f"{edge:,.15g}"

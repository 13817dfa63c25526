"""Steps of things with a key: what was before, and what is now. Seen in the rows of a log, where each row says how a
thing stood at a time; or, without such a time, by remembering how each thing stood at the check before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from apps.common.records import record
from apps.connections.services import Dialect, QueryFailed, TableName
from apps.rules.kinds.wants import Select

MOST_THINGS = 5_000  # that are remembered; more take a log with times
MOST_SORTS = 2_000  # of steps in a log


class Step(NamedTuple):
    """So many things went from `before` to `now`: values of the columns in their order; `key` is one of them. `day`: in
    a log, the number of the day since 1970."""

    before: tuple[str | None, ...]
    now: tuple[str | None, ...]
    things: int
    key: str
    day: int = 0


@record
class LogSteps(Select):
    """Wants the steps in a log since a moment. The answer is a tuple of `Step`, in which something differs.

    `at` orders the rows of a key. Times without a zone count as if they were UTC: good enough to look back over days.
    """

    key: str
    values: tuple[str, ...]
    at: str
    since: datetime

    @property
    def columns(self) -> Sequence[str]:
        return (self.key, *self.values, self.at)

    @property
    def most_rows(self) -> int:
        return MOST_SORTS

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        key, at = sql.name(self.key), sql.name(self.at)
        texts = [f"CAST({sql.name(name)} AS {sql.string})" for name in self.values]
        window = f"OVER (PARTITION BY {key} ORDER BY {at})"
        before = [f"LAG({text}) {window} AS mw_b{place}" for place, text in enumerate(texts)]
        now = [f"{text} AS mw_n{place}" for place, text in enumerate(texts)]
        moment = f"{sql.seconds(sql.time(self.at))} AS mw_moment"
        inner = ", ".join(
            [f"CAST({key} AS {sql.string}) AS mw_key", f"LAG({key}) {window} AS mw_seen", moment, *before, *now]
        )
        filtered = f" WHERE {when}" if when else ""  # names of ours begin with mw_: MySQL takes them for columns
        names = [f"mw_{side}{place}" for side in "bn" for place in range(len(texts))]
        differs = " OR ".join(
            f"{old} <> {new} OR ({old} IS NULL AND {new} IS NOT NULL) OR ({old} IS NOT NULL AND {new} IS NULL)"
            for old, new in zip(names[: len(texts)], names[len(texts) :], strict=True)
        )
        sorts, recent = ", ".join(names), f"mw_moment >= {self.since.timestamp():.0f}"
        # By the day, so that steps which a person accepted stay the same while the oldest day drops out of sight.
        day = "FLOOR(mw_moment / 86400)"
        return (
            f"SELECT {sorts}, {day}, COUNT(*), MIN(mw_key) "  # noqa: S608
            f"FROM (SELECT {inner} FROM {sql.table(table)}{filtered}) steps "
            f"WHERE mw_seen IS NOT NULL AND {recent} AND ({differs}) GROUP BY {sorts}, {day}"
        )

    def read(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Step, ...]:
        width = len(self.values)
        return tuple(
            Step(_texts(row[:width]), _texts(row[width : 2 * width]), int(row[-2]), str(row[-1]), int(row[-3]))
            for row in rows
        )


@record
class Standings(Select):
    """Wants how each thing stands. The answer is {key: values as texts}; None where there are too many things."""

    key: str
    values: tuple[str, ...]

    @property
    def columns(self) -> Sequence[str]:
        return (self.key, *self.values)

    @property
    def most_rows(self) -> int:
        return MOST_THINGS + 1

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        texts = ", ".join(f"CAST({sql.name(name)} AS {sql.string})" for name in self.columns)
        filled = " AND ".join(part for part in (f"{sql.name(self.key)} IS NOT NULL", when) if part)
        return f"SELECT {texts} FROM {sql.table(table)} WHERE {filled} LIMIT {MOST_THINGS + 1}"  # noqa: S608

    def read(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[str | None, ...]] | None:
        if len(rows) > MOST_THINGS:
            return None
        found = {str(row[0]): _texts(row[1:]) for row in rows}
        if len(found) < len(set(rows)):
            raise QueryFailed(
                f"Some values of {self.key} are in several rows that differ, so how such a thing stands cannot be told."
                " Name the time column of a log (at), or choose some rows with a condition."
            )
        return found


def steps_between(before: Mapping[str, Sequence[str | None]], now: Mapping[str, Sequence[str | None]]) -> list[Step]:
    """What changed between two checks, for each key that was there at both."""
    pairs = ((key, tuple(before[key]), tuple(values)) for key, values in now.items() if key in before)
    return [Step(old, new, 1, key) for key, old, new in pairs if old != new]


def _texts(values: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(None if value is None else str(value) for value in values)

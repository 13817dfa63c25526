"""What the columns of a table hold, read from the table itself: so only when a person asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import Column, Dialect, TableName
from apps.rules.asks import Ask, Place
from apps.rules.costs.spending import LOOKS
from apps.rules.kinds.columns import FITS
from apps.rules.kinds.masking import is_personal
from apps.rules.kinds.wants import CountRows, Select, Statistic, Want
from apps.rules.scan import Scanner
from apps.rules.suggest.readback import PastOf, reading
from apps.rules.suggest.valuerules import FEW, ColumnFacts, TableFacts

MOST_COLUMNS = 40  # of a table
MOST_LISTS = 8  # columns whose values are listed
ENOUGH = 1_000  # rows, from which few values are no accident
MOST_TABLES = 20  # of one request


@record
class CommonValues(Select):
    """Wants the different values of a column, the most frequent first; at most one more than `FEW`."""

    column: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    @property
    def most_rows(self) -> int:
        return FEW + 1

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        name = sql.name(self.column)
        both = " AND ".join(part for part in (f"{name} IS NOT NULL", when) if part)
        return (
            f"SELECT {name}, COUNT(*) FROM {sql.table(table)} WHERE {both} "  # noqa: S608
            f"GROUP BY {name} ORDER BY COUNT(*) DESC LIMIT {FEW + 1}"
        )

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        return tuple(row[0] for row in rows)


def read_facts(connection: Connection, tables: Sequence[PastOf], now: datetime) -> dict[TableName, TableFacts | str]:
    """What each table holds, or in a sentence why that is not known. One statement for the numbers of a table, and one
    for each column with few values. Raises EngineError."""
    found: dict[TableName, TableFacts | str] = {}
    with reading(connection, now) as (engine, spending):
        zone = ZoneInfo(connection.timezone)
        for each in tables:
            scanner = Scanner(engine, zone, now, lambda: None, spending, listed={each.table: each.columns})
            found[each.table] = _facts(scanner, each)
    return found


def _facts(scanner: Scanner, each: PastOf) -> TableFacts | str:
    place, columns = Place(each.table), list(each.columns)[:MOST_COLUMNS]
    wants: list[Want] = [CountRows(), *(Statistic("values", column.name) for column in columns)]
    apart = [column for column in columns if _comparable(column)]
    wants += [Statistic("distinct", column.name) for column in apart]
    answers = scanner.read([Ask(place, (LOOKS,), tuple(wants))])
    if problem := answers.lacking(place, wants):
        return problem.text
    known: Mapping[Any, Any] = answers.values[place]
    rows = int(known[CountRows()])
    facts = []
    for column in columns:
        different = known.get(Statistic("distinct", column.name))
        filled = int(known[Statistic("values", column.name)] or 0)
        facts.append(ColumnFacts(column, filled, None if different is None else int(different)))
    return TableFacts(rows, _with_values(scanner, place, rows, facts))


def _with_values(scanner: Scanner, place: Place, rows: int, facts: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    listed = [each.column.name for each in facts if rows >= ENOUGH and _few(each)][:MOST_LISTS]
    if not listed:
        return list(facts)
    wants = {name: CommonValues(name) for name in listed}
    known = scanner.read([Ask(place, (LOOKS,), tuple(wants.values()))]).values.get(place, {})
    return [
        ColumnFacts(each.column, each.filled, each.different, tuple(known.get(wants[each.column.name], ())))
        if each.column.name in wants
        else each
        for each in facts
    ]


def _few(facts: ColumnFacts) -> bool:
    """Whether a column of text seems to hold one of a few values. What looks personal is not listed."""
    few = facts.different is not None and 2 <= facts.different <= FEW
    return few and bool(FITS["text"].search(facts.column.type)) and not is_personal(facts.column.name)


def _comparable(column: Column) -> bool:
    return not column.time and any(FITS[holds].search(column.type) for holds in ("text", "numbers"))

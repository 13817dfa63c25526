"""SQL that rules bring along, tried before they are saved: the store reads nothing for it, and says what is wrong.

So are the tables and columns that a rule compares with on another connection of its team.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from apps.common.errors import InvalidInput, MidwatchError, NotFoundNearby
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import (
    ENGINES,
    Dialect,
    Engine,
    FilterNeeded,
    QueryFailed,
    QueryTimeout,
    TableName,
    add_asked,
    open_engine,
)
from apps.rules.drafts import RuleDraft
from apps.rules.elsewhere import table_there
from apps.rules.kinds.contract import Kind, Known
from apps.rules.kinds.wants import Elsewhere, Select

if TYPE_CHECKING:
    from apps.rules.validation import CheckedDraft

PATIENCE = timedelta(seconds=5)  # with a statement that reads nothing


class Visit(NamedTuple):
    """What the draft at this place wants to read of a connection. `field`: the setting that says so."""

    place: int
    connection: Connection
    table: TableName
    want: Select
    field: str


@record
class Filtered(Select):
    """Wants nothing of the rows for which a condition holds: it is there to be tried."""

    condition: str

    @property
    def columns(self) -> Sequence[str]:
        return ()

    @property
    def most_rows(self) -> int:
        return 0

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        return f"SELECT 1 AS midwatch_one FROM {sql.table(table)} WHERE ({self.condition})"  # noqa: S608 (it was parsed)


@dataclass(slots=True)
class Trials:
    """By the place of a draft, why it cannot work, and what could not be tried."""

    refused: dict[int, InvalidInput] = field(default_factory=dict)
    warnings: dict[int, list[str]] = field(default_factory=dict)

    def unverified(self, visits: Iterable[Visit], why: str) -> None:
        for visit in visits:
            told = f"{visit.connection.name} could not be asked, so what the rule reads there was not verified. {why}"
            self.warnings.setdefault(visit.place, []).append(told.strip())

    def warned(self, place: int, checked: CheckedDraft) -> CheckedDraft:
        return replace(checked, warnings=(*checked.warnings, *self.warnings.get(place, ())))


def other_of(draft: RuleDraft, kind: Kind) -> Connection | None:
    """The other connection that a rule reads; None: it reads no other. Raises InvalidInput where the team has none of
    that name, or what a person wrote for it is not what it may be."""
    name = kind.other_connection
    if name in ("", draft.connection.name):
        return None
    known = draft.connections
    if known is None:
        known = {each.name: each for each in Connection.objects.filter(team=draft.connection.team_id)}
    if name not in known:
        raise NotFoundNearby(f"The team has no connection {name!r}.", name, known, field="other")
    kind.refuse_other_sql(ENGINES[known[name].engine].dialect)
    return known[name]


def try_all(
    drafts: Sequence[CheckedDraft | InvalidInput], silent: Collection[str], now: datetime
) -> list[CheckedDraft | InvalidInput]:
    """Each draft that is not refused yet, or why the stores refuse it. However many there are, each connection is asked
    once; those that are `silent` are not asked again."""
    trials = Trials()
    by_name: dict[str, list[Visit]] = {}
    for place, checked in enumerate(drafts):
        for visit in () if isinstance(checked, InvalidInput) else _visits(place, checked, now):
            by_name.setdefault(visit.connection.name, []).append(visit)
    for name, visits in by_name.items():
        if name in silent:  # which was said of its own drafts
            trials.unverified([visit for visit in visits if isinstance(visit.want, Elsewhere)], "")
        else:
            _visit(visits[0].connection, visits, trials, now)
    return [
        checked if isinstance(checked, InvalidInput) else trials.refused.get(place) or trials.warned(place, checked)
        for place, checked in enumerate(drafts)
    ]


def _visits(place: int, checked: CheckedDraft, now: datetime) -> Iterable[Visit]:
    """Of a rule with patterns, the first table is tried."""
    if not checked.tables:
        return
    if not checked.kind.own_statements:
        if where := getattr(checked.kind.settings, "where", None):
            yield Visit(place, checked.draft.connection, checked.tables[0], Filtered(where), "where")
        return
    subject = replace(checked.subject, table=checked.tables[0], words="")
    other = other_of(checked.draft, checked.kind)
    wants = [want for want in checked.kind.wants(subject, Known({}), now) if isinstance(want, Select)]
    for want, side in zip(wants, ("", "other_"), strict=False):
        field = f"{side}sql" if getattr(checked.kind.settings, f"{side}sql", "") else f"{side}columns"
        if isinstance(want, Elsewhere) and other is not None:
            yield Visit(place, other, table_there(want.table, subject.table, other), want, field)
        else:
            yield Visit(place, checked.draft.connection, subject.table, want, field)


def _visit(connection: Connection, visits: Sequence[Visit], trials: Trials, now: datetime) -> None:
    try:
        engine = open_engine(connection=connection)
        try:
            with engine:
                _try_on(engine, visits, trials)
        finally:
            add_asked(connection, engine, now)
    except InvalidInput:
        raise
    except MidwatchError as error:
        trials.unverified(visits, str(error))


def _try_on(engine: Engine, visits: Sequence[Visit], trials: Trials) -> None:
    tables = {visit.table for visit in visits if visit.want.columns and isinstance(visit.want, Elsewhere)}
    known = [info.name for info in engine.tables()] if tables else []
    columns = engine.columns(sorted(tables & set(known))) if tables else {}
    names = {table: [column.name for column in found] for table, found in columns.items()}
    for visit in visits:
        try:
            if visit.table in tables and visit.table not in engine.unreadable:
                _check_there(visit, known, names)
            _try(engine, visit.want.sql(engine.sql, visit.table, ""))
        except FilterNeeded:  # which a check adds, and a trial knows nothing of
            continue
        except QueryTimeout as error:
            trials.warnings.setdefault(visit.place, []).append(f"{visit.connection.name}: {error}")
        except QueryFailed as error:
            why = InvalidInput(f"{visit.connection.name}: {error}", field=visit.field)
            trials.refused.setdefault(visit.place, why)
        except InvalidInput as error:
            trials.refused.setdefault(visit.place, error)


def _check_there(visit: Visit, tables: Sequence[TableName], columns: Mapping[TableName, Sequence[str]]) -> None:
    where, table = visit.connection.name, visit.table
    if table not in tables:
        message = f"There is no table {table} in {where}."
        raise NotFoundNearby(message, str(table), map(str, tables), field="other_table")
    for name in visit.want.columns:
        if name not in columns.get(table, ()):
            message = f"{table} of {where} has no column {name!r}."
            raise NotFoundNearby(message, name, columns.get(table, ()), field="other_columns")


def _try(engine: Engine, statement: str) -> None:
    """Raises QueryFailed."""
    if engine.bills_bytes:
        engine.estimate(statement)
    else:
        engine.query(f"SELECT * FROM ({statement}\n) AS midwatch_trial LIMIT 0", timeout=PATIENCE)  # noqa: S608

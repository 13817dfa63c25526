"""Reading back the history of tables: one grouped statement for the days of up to a hundred tables, and one for the
minutes; where a table has no column with times, from what its rules have observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.common.walltime import midnight
from apps.connections.models import Connection
from apps.connections.services import Column, Engine, OverBudget, TableName, open_engine
from apps.rules.asks import Ask, Place
from apps.rules.costs.spending import LOOKS, Spending
from apps.rules.costs.usage import add_usage, spending_of
from apps.rules.kinds.wants import CountBuckets
from apps.rules.models import Observation
from apps.rules.periods import bucket_seconds, fold
from apps.rules.scan import Scanner
from apps.rules.suggest.history import BUSY, DAY, DAYS_BACK, MINUTES_BACK, History

A_DAY, A_MINUTE = 86_400, 60  # seconds
MOST_TABLES = 100  # of one request


@record
class PastOf:
    """A table and the column that tells when its rows arrived (None: there is none)."""

    table: TableName
    columns: tuple[Column, ...]
    column: Column | None


def read_histories(connection: Connection, tables: Sequence[PastOf], now: datetime) -> dict[TableName, History | str]:
    """The history of each table, or in a sentence why it is not known. Asks the data store for those that have a column
    with times, and counts what that costs. Raises EngineError."""
    zone = ZoneInfo(connection.timezone)
    by_column = [each for each in tables if each.column is not None]
    found: dict[TableName, History | str] = {}
    if by_column:
        with reading(connection, now) as (engine, spending):
            found |= _read(engine, spending, by_column, zone, now)
    for each in tables:
        if each.column is None:
            found[each.table] = _observed(connection, each.table, zone, now)
    return found


@contextmanager
def reading(connection: Connection, now: datetime) -> Iterator[tuple[Engine, Spending]]:
    """The open store, and what may be spent; what was spent is written whatever happens. Raises EngineError."""
    spending = spending_of(connection, now)
    try:
        with open_engine(connection=connection) as engine:
            if spending.used_up:
                raise OverBudget(spending.over.text)
            yield engine, spending
    finally:
        add_usage(connection, spending)


def _read(
    engine: Engine, spending: Spending, tables: Sequence[PastOf], zone: ZoneInfo, now: datetime
) -> dict[TableName, History | str]:
    since = now.astimezone(zone).date() - DAYS_BACK * DAY
    answers = _counted(engine, spending, {each: _days_want(each, zone, since, now) for each in tables}, zone, now)
    found: dict[TableName, History | str] = {}
    closer: dict[PastOf, CountBuckets] = {}
    histories: dict[TableName, History] = {}
    for each, buckets in answers.items():
        if isinstance(buckets, str):
            found[each.table] = buckets
            continue
        history = _history(each, buckets, zone, since, now)
        found[each.table] = histories[each.table] = history
        if not history.dated and history.days:
            closer[each] = CountBuckets(_name(each), A_MINUTE, history.minutes_since)
    for each, minutes in _counted(engine, spending, closer, zone, now).items():
        found[each.table] = minutes if isinstance(minutes, str) else replace(histories[each.table], minutes=minutes)
    return found


def _counted(
    engine: Engine, spending: Spending, wants: Mapping[PastOf, CountBuckets], zone: ZoneInfo, now: datetime
) -> dict[PastOf, Mapping[datetime, int] | str]:
    """The rows per bucket, or why they could not be counted."""
    listed: dict[TableName, Sequence[Column]] = {each.table: each.columns for each in wants}
    scanner = Scanner(engine, zone, now, lambda: None, spending, listed=listed)
    answers = scanner.read([Ask(Place(each.table), (LOOKS,), (want,)) for each, want in wants.items()])
    found: dict[PastOf, Mapping[datetime, int] | str] = {}
    for each, want in wants.items():
        place = Place(each.table)
        problem = answers.lacking(place, (want,))
        found[each] = problem.text if problem else answers.values[place].get(want, {})
    return found


def _days_want(each: PastOf, zone: ZoneInfo, since: date, now: datetime) -> CountBuckets:
    start = midnight(since, zone)
    own_clock = each.column is None or each.column.time != "aware" or zone.key == "UTC"
    return CountBuckets(_name(each), A_DAY if own_clock else bucket_seconds(start, now, zone), start)


def _name(each: PastOf) -> str:
    return each.column.name if each.column else ""


def _history(each: PastOf, buckets: Mapping[datetime, int], zone: ZoneInfo, since: date, now: datetime) -> History:
    days = {start.astimezone(zone).date(): rows for start, rows in fold(buckets, "1d", zone).items() if rows}
    recent = sum(day >= now.astimezone(zone).date() - 2 * MINUTES_BACK * DAY for day in days)
    back = MINUTES_BACK if recent >= BUSY * 2 * MINUTES_BACK else DAYS_BACK
    return History(
        zone=zone,
        now=now,
        since=since,
        days=days,
        minutes_since=midnight(now.astimezone(zone).date() - back * DAY, zone),
        column=_name(each),
        source=f"column {_name(each)}",
        dated=each.column is not None and each.column.time == "date",
    )


def _observed(connection: Connection, table: TableName, zone: ZoneInfo, now: datetime) -> History | str:
    """The changes that the rules of the table have noticed."""
    since = now.astimezone(zone).date() - DAYS_BACK * DAY
    rows = Observation.objects.filter(
        state__connection=connection, state__schema=table.schema, state__table=table.name, measure="changed",
        at__gte=midnight(since, zone), at__lte=now,
    )  # fmt: skip
    moments = sorted(set(rows.values_list("at", flat=True)))
    if not moments:
        return "It has no column that tells when rows arrived, and no rule has watched its changes yet."
    minutes = {moment.replace(second=0, microsecond=0): 1 for moment in moments}
    days: dict[date, int] = {}
    for moment in minutes:
        day = moment.astimezone(zone).date()
        days[day] = days.get(day, 0) + 1
    began = max(moments[0], midnight(since, zone))
    return History(zone, now, since, days, began, minutes, source="the changes that were noticed")

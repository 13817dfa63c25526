"""The past as the table itself tells it: one grouped statement over a column with times, kept for some minutes so that
limits can be moved without reading again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.models import Table
from apps.connections.services import (
    MAX_ROWS,
    Column,
    ConnectionFailed,
    Dialect,
    Engine,
    TableName,
    columns_by_table,
    open_engine,
)
from apps.rules import statements
from apps.rules.asks import Ask, Payer, Place
from apps.rules.backtest.keeping import Keeper
from apps.rules.backtest.lots import Bucket, Lot
from apps.rules.backtest.past import ByColumn, NoPast, Past
from apps.rules.backtest.sought import Sought
from apps.rules.costs.spending import Spending
from apps.rules.costs.usage import add_usage, spending_of
from apps.rules.kinds.columns import check_time_column
from apps.rules.kinds.contract import Known
from apps.rules.kinds.wants import CountBuckets, Newest, NewestTime, Select, Want
from apps.rules.periods import bucket_seconds
from apps.rules.scan import Scanner
from apps.rules.statements import TimeColumn

KEPT = timedelta(minutes=5)
MOST_KEPT = 200_000  # buckets, which take some 60 MB
BUCKETS = (3600, 1800, 900, 300, 60)  # seconds
EARLIER = timedelta(days=45)  # read before the first day that is judged, so that a monthly load is known on it
Lots = dict[str | None, Lot]
FAILED: Keeper[str] = Keeper(100, timedelta(seconds=30))
LONG = 2.0  # seconds
KEEPER: Keeper[tuple[datetime, Lots, datetime]] = Keeper(MOST_KEPT, KEPT)


@record
class RowsByTime(Select):
    """Wants the rows per bucket of a time column from `first` to `last`, with the first and the last time in each. The
    answer is a `Lot` for each value of the column that rows are told apart by; for all rows together, that of None."""

    column: TimeColumn
    seconds: int
    first: datetime
    last: datetime

    @property
    def columns(self) -> Sequence[str]:
        return (self.column.name,)

    @property
    def most_rows(self) -> int:
        return MAX_ROWS

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        bucket = statements.bucket(sql, self.column, self.seconds)
        time = sql.time(self.column.name)
        where = [statements.between(sql, self.column, self.first, self.last), *([when] if when else [])]
        values = ["COUNT(*)", sql.seconds(f"MIN({time})"), sql.seconds(f"MAX({time})")]
        return statements.select(sql, 0, table, values, by=self.scope.by, where=where, group=bucket)

    def read(self, rows: Sequence[tuple[Any, ...]]) -> dict[str | None, Lot]:
        parts: dict[str | None, list[Bucket]] = {}
        for _, *keys, number, count, first, last in rows:
            start, *edges = (self.column.read(float(epoch)) for epoch in (number * self.seconds, first, last))
            if start is not None:
                parts.setdefault(keys[0] if keys else None, []).append(
                    Bucket(start, int(count), edges[0] or start, edges[1] or start)
                )
        return {key: Lot.of(buckets) for key, buckets in parts.items()}


def may_be_read(sought: Sought) -> bool:
    """Whether a column with times tells this past."""
    return len(sought.wants) == 1 and isinstance(sought.wants[0], CountBuckets | NewestTime)


def read_past(sought: Sought, *, max_bytes: int | None) -> Past:
    """The past as the table tells it now. Raises InvalidInput, EngineError, and NoPast where nothing is there."""
    want = sought.wants[0]
    if not isinstance(want, CountBuckets | NewestTime):
        raise NoPast("The past of this rule cannot be read back.")
    lots, until = _kept(sought, want, max_bytes)
    first = min((lot.moments[0] for lot in lots.values()), default=None)
    if first is None:
        raise NoPast(f"No row of {sought.subject.table} has a past time in column {want.column}.")
    since = max(first, sought.since)
    source = f"the rows that are in {sought.subject.table} now, by column {want.column}"
    return ByColumn(since, until, source, lots, counted=isinstance(want, CountBuckets))


def _kept(sought: Sought, want: CountBuckets | NewestTime, max_bytes: int | None) -> tuple[Lots, datetime]:
    """What was read a moment ago, if that is enough, else what is read now; and up to when."""
    start = want.start if isinstance(want, CountBuckets) else sought.since
    first = min(start, sought.since - EARLIER)
    seconds = _seconds(sought, want, first)
    connection = sought.connection
    store = [connection.pk, connection.engine, connection.settings, connection.timezone]
    place, key = _key(store), _key([*store, *sought.subject.table, want.column, *_scope(want), seconds])
    known = KEEPER.get(key) if connection.pk else None
    if known is None or known[0] > first:
        known = first, _patiently(sought, want, seconds, first, max_bytes, place, key), sought.now
        if connection.pk:
            KEEPER.keep(key, known, weight=1 + sum(len(lot.buckets) for lot in known[1].values()))
    _, lots, until = known
    return lots, until


def _key(asked: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()


def _patiently(
    sought: Sought, want: CountBuckets | NewestTime, seconds: int, first: datetime, max_bytes: int | None, place: str,
    key: str,
) -> Lots:  # fmt: skip
    """Read, but leave a store alone for a while that just now did not answer, or took long for nothing: somebody types,
    or many rules are tried."""
    for failed in (place, key):
        if reason := FAILED.get(failed):
            raise NoPast(reason)
    begun = monotonic()
    try:
        return _read(sought, want, seconds, first, max_bytes)
    except ConnectionFailed as error:
        FAILED.keep(place, str(error))
        raise
    except NoPast as error:
        if monotonic() - begun > LONG:
            FAILED.keep(key, str(error))
        raise


def _scope(want: CountBuckets | NewestTime) -> tuple[str, str]:
    return want.scope.where, want.scope.by


def _seconds(sought: Sought, want: CountBuckets | NewestTime, first: datetime) -> int:
    """The widest bucket that no period cuts; for moments, one that is short beside the wait that is allowed: what the
    first and the last time of a bucket do not tell cannot make the table late."""
    if isinstance(want, CountBuckets):
        return bucket_seconds(first, sought.now, sought.subject.zone, sought.subject.store_zone)
    just_now = Newest(sought.now)
    answers: dict[Want, Any] = {want: {None: just_now} if want.scope.by else just_now}
    look = sought.kind.judge(sought.subject, Known({}), answers, sought.now, accepted=False).next_look_at
    wait = (look or sought.now) - sought.now
    return next((seconds for seconds in BUCKETS if seconds <= wait.total_seconds() / 4), BUCKETS[-1])


def _read(
    sought: Sought, want: CountBuckets | NewestTime, seconds: int, first: datetime, max_bytes: int | None
) -> Lots:
    spending = spending_of(sought.connection, sought.now)
    try:
        with open_engine(connection=sought.connection) as engine:
            return _ask(engine, sought, want, seconds, first, spending, max_bytes)
    finally:
        if sought.connection.pk:
            add_usage(sought.connection, spending)


def _ask(
    engine: Engine, sought: Sought, want: CountBuckets | NewestTime, seconds: int, first: datetime, spending: Spending,
    max_bytes: int | None,
) -> Lots:  # fmt: skip
    table, zone = sought.subject.table, ZoneInfo(sought.connection.timezone)
    if spending.used_up:
        raise NoPast(spending.over.text)
    columns = _columns(engine, sought, want.column, spending)
    if reason := engine.unreadable.get(table):
        raise NoPast(reason)
    check_time_column(want.column, sought.subject, columns, finest=timedelta(days=1))
    time = next(column.time for column in columns if column.name == want.column)
    rows = RowsByTime(TimeColumn(want.column, time, zone), seconds, first, sought.now, scope=want.scope)
    scanner = Scanner(engine, zone, sought.now, lambda: None, spending, listed={table: columns})
    place = Place(table)
    answers = scanner.read([Ask(place, (Payer(0, "", max_bytes),), (rows,))])
    if problem := answers.problems.get(place):
        raise NoPast(problem.text)
    lots: Lots = answers.values[place][rows]
    return lots


def _columns(engine: Engine, sought: Sought, wanted: str, spending: Spending) -> Sequence[Column]:
    """As the catalogue has them; listed anew where it lacks them."""
    schema, name = sought.subject.table
    tables = Table.objects.filter(connection_id=sought.connection.pk, schema=schema, name=name).values_list(
        "pk", flat=True
    )
    known = next(iter(columns_by_table(tables.values_list("pk", flat=True)).values()), ())
    if any(column.name == wanted for column in known):
        return known
    with spending.counting(engine):
        return engine.columns([sought.subject.table]).get(sought.subject.table, ())

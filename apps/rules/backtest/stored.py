"""The past as Midwatch stored it at checks of any rule that looked at the same of a table. No data store is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from apps.connections.models import Table, TableVersion
from apps.connections.services import Column
from apps.rules.backtest.lots import Bucket, Lot, Steps
from apps.rules.backtest.past import Answers, ByColumn, ByColumns, ByNumber, ByStore, NoPast, Past
from apps.rules.backtest.sought import Sought
from apps.rules.items import rule_work
from apps.rules.kinds.contract import Kind, Known
from apps.rules.kinds.wants import CountBuckets, CountRows, ListColumns, NewestTime, Want
from apps.rules.models import Observation, RuleState
from apps.rules.periods import LENGTHS
from apps.rules.shaping.scope import NO_VALUE

GAP = timedelta(hours=3)  # how much longer than a period the step to the next may be: clocks change
# From a measured number and the rows to answers: a number alone, one beside the rows it was taken of, how many values
# differ where those that do not were measured, and a share.
WAYS: tuple[Answers, ...] = (
    lambda number, rows: (number,),
    lambda number, rows: (Decimal(str(number)),),
    lambda number, rows: (rows, number),
    lambda number, rows: (rows, rows - number),
    lambda number, rows: (rows, number * rows / 100),
)
TRIED = 5  # of the newest numbers
LONG_AGO, MANY_ROWS = datetime(1970, 1, 1, tzinfo=UTC), 1e12
Readings = QuerySet[Observation]
Teller = Callable[[Sought, RuleState, Kind, datetime], Past | None]


def stored_past(sought: Sought) -> Past:
    """The longest past that is stored. Raises NoPast."""
    first = sought.wants[0] if sought.wants else None
    if isinstance(first, ListColumns):
        return _columns(sought)
    tell: Teller = _numbers
    if isinstance(first, CountBuckets):
        tell = _counts
    elif first is None or isinstance(first, NewestTime):
        tell = _changes
    found = [tell(sought, state, kind, min(at, sought.now)) for state, kind, at in _alike(sought)]
    pasts = [past for past in found if past is not None]
    if not pasts:
        raise NoPast(f"No rule that looks at the same of {sought.subject.table} has stored anything yet.")
    return min(pasts, key=lambda past: past.since)


def _alike(sought: Sought) -> Iterator[tuple[RuleState, Kind, datetime]]:
    """The rules on the table that want the same of it, and when they last looked."""
    schema, name = sought.subject.table
    states = RuleState.objects.filter(connection=sought.connection, schema=schema, table=name)
    aims = list(map(_aim, sought.wants))
    for state in states.exclude(last_check_at=None).select_related("rule").order_by("pk"):
        kind = rule_work(state.rule, sought.connection).kind
        if kind is None or kind.unit != sought.kind.unit or state.last_check_at is None:
            continue
        if list(map(_aim, kind.wants(sought.subject, Known({}), sought.since))) == aims:
            yield state, kind, state.last_check_at


def _aim(want: Want) -> object:
    """What makes two wants ask for the same: of counts per period the column and the rows, not how far back."""
    return (CountBuckets, want.column, want.scope) if isinstance(want, CountBuckets) else want


def _counts(sought: Sought, state: RuleState, kind: Kind, until: datetime) -> Past | None:
    by_days = kind.counts_days_by is not None
    if by_days and (sought.kind.counts_days_by is None or state.rule.timezone != sought.subject.zone.key):
        return None  # hours can be put together to days, not the other way round
    length = LENGTHS["1d" if by_days else "1h"]
    earliest = min(want.start for want in sought.wants if isinstance(want, CountBuckets))
    parts = _parts(state.observations.filter(measure="rows_arrived", at__gte=earliest))
    lots = {key: Lot.of(map(_bucket, _unbroken(some, length))) for key, some in parts.items()}
    return ByColumn(_since(sought, lots), until, _source(state), lots, counted=True) if lots else None


def _changes(sought: Sought, state: RuleState, kind: Kind, until: datetime) -> Past | None:
    parts = _parts(state.observations.filter(measure="changed"))
    lots = {key: Lot.of_moments(row.at for row in some) for key, some in parts.items()}
    if not lots:
        return None
    since = _since(sought, lots)
    if sought.wants:
        return ByColumn(since, until, _source(state), lots, counted=False)
    return ByStore(since, until, _source(state), lots[None])


def _numbers(sought: Sought, state: RuleState, kind: Kind, until: datetime) -> Past | None:
    """Numbers that were measured, and rows. How the kind came from its answers to the number is not known: of a few
    ways, that is taken by which the kind, given such answers, measures those very numbers."""
    wanted = tuple(want for want in sought.wants if not isinstance(want, CountRows))
    measured = Steps.of(_pairs(state.observations.filter(measure="measured", segment="")))
    if not wanted:
        rows = Steps.of(_pairs(state.observations.filter(measure="row_count", segment="")))
        return ByNumber(_first(sought, rows), until, _source(state), rows, measured) if rows.moments else None
    if not measured.moments:
        return None
    rows = _rows(sought)
    sizes = [rows] if rows.moments else [Steps.of([(LONG_AGO, size)]) for size in (max(measured.values) + 1, MANY_ROWS)]
    for ways in WAYS:
        pasts = [
            ByNumber(_first(sought, measured), until, _source(state), size, measured, wanted, ways) for size in sizes
        ]
        limits = [_limits(sought, past) for past in pasts]
        if None not in limits and len(set(limits)) == 1:  # where the rows are not known, they must not matter
            return pasts[0]
    return None


def _limits(sought: Sought, past: ByNumber) -> tuple[float | None, float | None] | None:
    """The limits of the last number; None where the kind does not measure the numbers that it should."""
    found = None
    for at, number in list(zip(past.numbers.moments, past.numbers.values, strict=True))[-TRIED:]:
        try:
            answers = {want: past.answer(want, at) for want in sought.wants}
            found = sought.kind.judge(sought.subject, Known({}), answers, at, accepted=False)
        except (NoPast, TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
            return None
        if found.measured is None or abs(found.measured - number) > 1e-6 * max(1.0, abs(number)):
            return None
    return (found.low, found.high) if found else None


def _first(sought: Sought, steps: Steps[float]) -> datetime:
    return max(steps.moments[0], sought.since)


def _rows(sought: Sought) -> Steps[float]:
    """How many rows the table had, as far as any rule counted them; before, and else, as the catalogue tells of now."""
    schema, name = sought.subject.table
    states = RuleState.objects.filter(connection=sought.connection, schema=schema, table=name)
    counted = list(_pairs(Observation.objects.filter(state__in=states, measure="row_count", segment="")))
    tables = Table.objects.filter(connection=sought.connection, schema=schema, name=name)
    told = counted[0][1] if counted else next(iter(tables.values_list("rows", flat=True)), None)
    return Steps.of([] if told is None else [(LONG_AGO, float(told)), *counted])


def _columns(sought: Sought) -> Past:
    schema, name = sought.subject.table
    versions = TableVersion.objects.filter(
        table__connection=sought.connection, table__schema=schema, table__name=name
    ).order_by("seen_at")
    steps = Steps.of((each.seen_at, tuple(Column(**values) for values in each.columns)) for each in versions)
    if not steps.moments:
        raise NoPast(f"The columns of {sought.subject.table} are not in the catalogue yet.")
    return ByColumns(max(steps.moments[0], sought.since), sought.now, "the catalogue's record of its columns", steps)


def _parts(rows: Readings) -> dict[str | None, list[Observation]]:
    """Readings by the value that rows are told apart by. (All rows together have none; no value is kept as words.)"""
    parts: dict[str | None, list[Observation]] = {}
    for row in rows.order_by("at"):
        parts.setdefault(None if row.segment in ("", NO_VALUE) else row.segment, []).append(row)
    return parts


def _unbroken(rows: Sequence[Observation], length: timedelta) -> Sequence[Observation]:
    """Of a past with holes, what came after the last one."""
    for place in range(len(rows) - 1, 0, -1):
        if rows[place].at - rows[place - 1].at > length + GAP:
            return rows[place:]
    return rows


def _bucket(row: Observation) -> Bucket:
    return Bucket(row.at, int(row.value), row.at, row.at)


def _pairs(rows: Readings) -> Iterable[tuple[datetime, float]]:
    return rows.order_by("at").values_list("at", "value")


def _since(sought: Sought, lots: dict[str | None, Lot]) -> datetime:
    return max(sought.since, min(lot.moments[0] for lot in lots.values()))


def _source(state: RuleState) -> str:
    return f"what the rule {state.rule.name} found at its checks"

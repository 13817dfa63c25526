"""The days of a table and how complete they are: asked of the data store, or read from what a rule has stored.

A store that keeps a table by days tells them without reading it; elsewhere one grouped count does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.common.errors import InvalidInput, MidwatchError
from apps.common.records import record
from apps.common.walltime import midnight
from apps.connections.models import Connection, Table
from apps.connections.services import (
    ENGINES,
    Column,
    Engine,
    OverBudget,
    TableName,
    Trust,
    columns_by_table,
    open_engine,
)
from apps.rules.asks import Ask, Place
from apps.rules.costs.spending import LOOKS, Spending
from apps.rules.costs.usage import add_usage, spending_of
from apps.rules.days.completeness import DAY, WEEKS, Completeness, DayRows, Terms, judge_days
from apps.rules.items import rule_work
from apps.rules.kinds.columns import check_time_column
from apps.rules.kinds.contract import UTC_ZONE, Subject
from apps.rules.kinds.wants import CountBuckets
from apps.rules.models import RuleState
from apps.rules.periods import bucket_seconds, fold
from apps.rules.scan import Scanner
from apps.rules.suggest.proposals import arrival_column

MOST_DAYS = 400
A_DAY = 86_400  # seconds, by the clocks that a column's times were written by


class AskingCosts(MidwatchError):
    """The data store bills what it is asked, that was not allowed, and nothing was stored that tells."""


@record
class TableDays:
    """The days of a table in `zone`. `column` is the one that its rows were counted by; None: the store knew the days.
    `columns` are those that rows can be counted by."""

    table: TableName
    found: Completeness
    zone: ZoneInfo
    source: str
    trust: Trust
    column: str | None = None
    columns: tuple[str, ...] = ()


def days_of(
    *, connection: Connection, table: TableName, column: str | None = None, days: int = 90, spend: bool = True,
    now: datetime,
) -> TableDays:  # fmt: skip
    """The last days of a table, by one statement. Days are those of the connection's time zone, or of UTC where the
    store keeps the table by days of UTC.

    Without a column, the days in which the store keeps the table are taken; where there are none, its rows are counted:
    by the column by which a rule counts its days, else by the one that seems to tell when rows arrive, else by the
    first with times. Without `spend`, a store that bills by the byte is not asked: what a rule counted is told.
    Raises InvalidInput, EngineError and AskingCosts.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"Ask for 1 to {MOST_DAYS} days.", field="days")
    question = Question(connection, table, column, days, now)
    if ENGINES[connection.engine].bills_bytes and not spend:
        return _counted(question)
    spending = spending_of(connection, now)
    try:
        with open_engine(connection=connection) as engine:
            return _ask(engine, question, spending)
    finally:
        add_usage(connection, spending)


def stored_days(state: RuleState, zone: ZoneInfo, *, days: int) -> Completeness:
    """The days that a rule counted at its checks, up to its last one; the data store is not asked. The state's rule
    counts days of `zone`."""
    now = state.last_check_at
    if now is None:
        return Completeness()
    since = midnight(_first_read(now, zone, days), zone)
    rows = state.observations.filter(measure="rows_arrived", at__gte=since).values_list("at", "value")
    counts = {at.astimezone(zone).date(): int(value) for at, value in rows if _begins_a_day(at, zone)}
    return judge_days([DayRows(*each) for each in counts.items()], now=now, terms=Terms(zone), count=days)


@record
class Question:
    """Which days are asked for, of which table; without a `column`, as the store keeps them or can count them."""

    connection: Connection
    table: TableName
    column: str | None
    days: int
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.connection.timezone)

    def judged(
        self, rows: Iterable[DayRows], zone: ZoneInfo, columns: Sequence[Column], *, source: str, trust: Trust,
        column: str | None = None, pending: int = 0,
    ) -> TableDays:  # fmt: skip
        found = judge_days(rows, now=self.now, terms=Terms(zone), count=self.days, pending=pending)
        return TableDays(self.table, found, zone, source, trust, column, tuple(each.name for each in _timed(columns)))


def _ask(engine: Engine, question: Question, spending: Spending) -> TableDays:
    if spending.used_up:
        raise OverBudget(spending.over.text)
    columns = _columns(engine, question, spending)
    if not columns and (reason := engine.unreadable.get(question.table)):  # no columns are not the same as no table
        raise InvalidInput(reason, field="table")
    stored_by = next((each for each in columns if each.partition), None)
    if question.column is None or (stored_by and question.column == stored_by.name):
        found = _by_partitions(engine, question, columns, stored_by, spending)
        if found is not None:
            return found
    return _by_count(engine, question, columns, spending)


def _by_partitions(
    engine: Engine, question: Question, columns: Sequence[Column], stored_by: Column | None, spending: Spending
) -> TableDays | None:
    with spending.counting(engine):
        parts = engine.partitions(question.table)
    if parts is None:
        return None
    # A date is a date anywhere; moments, and rows by when they came in, are kept by days of UTC.
    zone = question.zone if stored_by and stored_by.time != "aware" else UTC_ZONE
    rows = [DayRows(part.day, part.rows, part.changed_at) for part in parts if part.day is not None]
    pending = sum(part.rows for part in parts if part.day is None)
    source = f"the partitions that {engine.label} keeps"
    return question.judged(rows, zone, columns, source=source, trust=engine.rows_trust, pending=pending)


def count_of(question: Question, columns: Sequence[Column]) -> tuple[Ask, CountBuckets]:
    """What counts the rows of each day. Raises InvalidInput where no column tells the days."""
    column, zone = _column(question, columns), question.zone
    start = midnight(_first_read(question.now, zone, question.days), zone)
    own_clock = column.time != "aware" or zone == UTC_ZONE  # then its days are those of the zone
    want = CountBuckets(column.name, A_DAY if own_clock else bucket_seconds(start, question.now, zone), start)
    return Ask(Place(question.table), (LOOKS,), (want,)), want


def _by_count(engine: Engine, question: Question, columns: Sequence[Column], spending: Spending) -> TableDays:
    ask, want = count_of(question, columns)
    zone, place, column = question.zone, ask.place, want.column
    scanner = Scanner(engine, zone, question.now, lambda: None, spending, listed={question.table: columns})
    answers = scanner.read([ask])
    if problem := answers.problems.get(place):
        raise InvalidInput(problem.text)
    counts = fold(answers.values[place][want], "1d", zone)
    rows = [DayRows(begin.astimezone(zone).date(), count) for begin, count in counts.items()]
    source = f"a count of rows by column {column}"
    return question.judged(rows, zone, columns, source=source, trust=Trust.EXACT, column=column)


def _column(question: Question, columns: Sequence[Column]) -> Column:
    """The column to count by. Raises InvalidInput when there is none, or not the one that was asked for."""
    timed = {each.name: each for each in _timed(columns)}
    if question.column is not None:
        subject = Subject(question.connection.name, question.table, question.zone)
        check_time_column(question.column, subject, columns, finest=DAY)
        return timed[question.column]
    if not columns:
        raise InvalidInput(
            f"{question.table} is not there: it was removed or renamed, or the login may not see it.", field="table"
        )
    if not timed:
        raise InvalidInput(
            f"The days of {question.table} cannot be told: the data store does not keep it by days, and it has no "
            "column with times.",
            field="column",
        )
    counted = [name for name in _counted_by_rules(question) if name in timed]
    return timed[counted[0]] if counted else arrival_column(columns) or next(iter(timed.values()))


def _columns(engine: Engine, question: Question, spending: Spending) -> Sequence[Column]:
    """The columns as the catalogue has them; read anew where they are not known, or lack the one that is asked for."""
    if known := known_columns(question):
        return known
    with spending.counting(engine):
        return engine.columns([question.table]).get(question.table, ())


def known_columns(question: Question) -> Sequence[Column]:
    """The columns as the catalogue has them; none where it lacks the one that is asked for."""
    schema, name = question.table
    row = Table.objects.filter(connection=question.connection, schema=schema, name=name).only("pk").first()
    known = columns_by_table([row.pk]).get(row.pk, ()) if row else ()
    return known if question.column in (None, *(column.name for column in known)) else ()


def _counted_by_rules(question: Question) -> list[str]:
    """The columns by which rules count the days of the table."""
    return [column for _, column in _counting(question)]


def _counting(question: Question) -> Iterator[tuple[RuleState, str]]:
    """The rules' states that count the days of the table, each with the column."""
    schema, name = question.table
    states = RuleState.objects.filter(connection=question.connection, schema=schema, table=name)
    for state in states.select_related("rule").order_by("rule_id"):
        kind = rule_work(state.rule, question.connection).kind
        if kind and (column := kind.counts_days_by):
            yield state, column


def _counted(question: Question) -> TableDays:
    """The days as a rule counted them at its checks. Raises AskingCosts where none did."""
    label = ENGINES[question.connection.engine].label
    for state, column in _counting(question):
        zone = ZoneInfo(state.rule.timezone)
        found = stored_days(state, zone, days=question.days)
        if question.column in (None, column) and state.last_check_at and found.days:
            at = f"{state.last_check_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            source = f"the counts of rule {state.rule.name}, last checked {at}"
            return TableDays(question.table, found, zone, source, Trust.EXACT, column, (column,))
    raise AskingCosts(f"{label} bills each look at the days of {question.table}, and no rule has counted them yet.")


def _timed(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.time]


def _first_read(now: datetime, zone: ZoneInfo, days: int) -> date:
    """The first day that is read: some weeks before the first that is judged tell what is usual."""
    return now.astimezone(zone).date() - timedelta(days=days - 1, weeks=WEEKS)


def _begins_a_day(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a day of the zone begins then; what was counted in another zone says nothing here."""
    return moment == midnight(moment.astimezone(zone).date(), zone)

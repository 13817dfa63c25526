"""What the checks of a rule would be billed: asked of the store before the rule is saved, and told in sentences.

The statements are those that the first check and a usual one would run; what they would be billed is asked by dry runs,
which are free. Of a usual check it is taken for granted that the table was written since the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.errors import InvalidInput, MidwatchError
from apps.common.records import record
from apps.connections.services import Budget, Column, Engine, OverBudget, TableName, Tariff, open_engine
from apps.rules import validation
from apps.rules.asks import Ask, Payer, Place
from apps.rules.costs.spending import Spending
from apps.rules.kinds.contract import Kind, Known, Subject
from apps.rules.kinds.wants import CountBuckets, CountRows, Elsewhere, ListColumns, Newest, NewestTime, Want
from apps.rules.readings import Reading
from apps.rules.scan import Scanner
from apps.rules.validation import Catalogue, CheckedDraft

DAY = timedelta(days=1)
MOST_TABLES = 200  # that are estimated; a dry run takes a moment each
MOST_STEPS = 200  # checks ago at which the first is imagined


@dataclass(slots=True)
class Bill:
    """What one check of all tables asks: statements, and bytes that they would be billed. `since`: how far back it
    reads, where it is bounded. `refused`: tables that it would not read, and why."""

    statements: int = 0
    bytes: int = 0
    since: datetime | None = None
    refused: dict[TableName, str] = field(default_factory=dict)

    def extended(self, asked: int, tables: int) -> Bill:
        """What `tables` would be billed if those that were not asked for are like the `asked` ones."""
        if tables <= asked:
            return self
        return replace(self, statements=-(-self.statements * tables // asked), bytes=-(-self.bytes * tables // asked))


@record
class Cost:
    """What a rule would cost that may be billed `max_bytes` per check of a table. `tables` are those that it covers, of
    which only the first `MOST_TABLES` were asked for: the bills are then extrapolated to all of them."""

    connection: str
    tariff: Tariff
    bills: bool
    tables: int
    checks_a_day: int
    first: Bill
    usual: Bill
    max_bytes: int | None = None

    @property
    def extrapolated(self) -> bool:
        return self.tables > MOST_TABLES

    @property
    def bytes_a_day(self) -> int:
        return self.usual.bytes * self.checks_a_day


class Appraiser(Scanner):
    """Goes the way of a scan, and asks what each statement would be billed instead of running it."""

    def __init__(
        self, engine: Engine, zone: ZoneInfo, now: datetime, columns: Mapping[TableName, Sequence[Column]]
    ) -> None:
        tariff = replace(engine.tariff, per_day=None)  # whether the day suffices is told beside
        super().__init__(engine, zone, now, lambda: None, Spending(tariff, now.date()))
        self.bill = Bill()
        self._known = columns

    def _columns(self, tables: Sequence[TableName]) -> Mapping[TableName, Sequence[Column]]:
        schemas = {table.schema for table in tables}
        self.bill.bytes += len(schemas) * self.spending.tariff.per_listing
        return self._known

    def _run(self, batch: Sequence[Reading], budget: Budget) -> list[Reading]:
        billed = self.engine.estimate(self._statement(batch)) or 0 if self.engine.bills_bytes else 0
        limits = [limit for limit in (budget.max_bytes, self.spending.tariff.per_query) if limit is not None]
        if limits and billed > min(limits) and len(batch) > 1:
            raise OverBudget("The tables of this batch are estimated by themselves.")
        self.bill.statements += 1
        self.bill.bytes += billed
        if limits and billed > min(limits):
            self.bill.refused[batch[0].table] = ""
        return []


def appraise(checked: CheckedDraft, catalogue: Catalogue, engine: Engine, now: datetime) -> Cost:
    """What a verified draft would cost. The engine need be open only when it bills bytes. Raises EngineError."""
    draft, names = checked.draft, list(checked.tables or ())
    zone = ZoneInfo(draft.connection.timezone)
    payer = Payer(0, draft.name, draft.max_bytes)
    first: dict[TableName, Sequence[Want]] = {}
    usual: dict[TableName, Sequence[Want]] = {}
    for name in names[:MOST_TABLES]:
        is_view = catalogue.kinds.get(name) == "view"
        subject = replace(checked.subject, table=name, is_view=is_view, words="", store_zone=zone)
        first[name], usual[name] = _wants(checked.kind, subject, catalogue.columns.get(name, ()), now)

    def bill(wants: Mapping[TableName, Sequence[Want]]) -> Bill:
        appraiser = Appraiser(engine, zone, now, catalogue.columns)
        answers = appraiser.read([Ask(Place(name), (payer,), tuple(some)) for name, some in wants.items() if some])
        starts = [want.start for some in wants.values() for want in some if isinstance(want, CountBuckets)]
        appraiser.bill.since = min(starts, default=None)
        appraiser.bill.refused |= {place.table: problem.text for place, problem in answers.problems.items()}
        return appraiser.bill.extended(len(wants), len(names))

    checks = max(1, round(DAY / checked.kind.check_every))
    bills = (bill(first), bill(usual))
    return Cost(draft.connection.name, engine.tariff, engine.bills_bytes, len(names), checks, *bills, draft.max_bytes)


def estimate(drafts: Sequence[CheckedDraft], now: datetime) -> list[Cost | str]:
    """What drafts of one connection would cost, in one session; in place of a cost, why it cannot be told. Raises
    InvalidInput where a draft cannot work."""
    connection = drafts[0].draft.connection
    catalogue = validation.ask(connection, drafts, now)
    if catalogue.silent:
        return [catalogue.silent] * len(drafts)
    checked = [validation.verified(draft, catalogue) for draft in drafts]
    try:
        engine = open_engine(connection=connection)
        with engine if engine.bills_bytes else nullcontext():
            return [appraise(draft, catalogue, engine, now) for draft in checked]
    except InvalidInput:
        raise
    except MidwatchError as error:
        return [f"{connection.name} could not be asked what a check would cost. {error}"] * len(drafts)


def _wants(
    kind: Kind, subject: Subject, columns: Sequence[Column], now: datetime
) -> tuple[Sequence[Want], Sequence[Want]]:
    """What a first check wants now, and what a usual one does: had the first been some checks ago, as few as it takes
    for there to be something to read."""
    first = [want for want in kind.wants(subject, Known({}), now) if not isinstance(want, Elsewhere)]
    if kind.own_statements:
        return first, first
    for step in range(1, MOST_STEPS if first else 1):
        before = now - step * kind.check_every
        answers = {want: _pretended(want, columns, before) for want in kind.wants(subject, Known({}), before)}
        memory = kind.judge(subject, Known({}), answers, before, accepted=False).memory
        if wants := kind.wants(subject, Known(memory), now):
            return first, wants
    return first, ()


def _pretended(want: Want, columns: Sequence[Column], now: datetime) -> Any:
    """An answer that a healthy table might give."""
    if isinstance(want, NewestTime):
        return Newest(now)
    if isinstance(want, ListColumns):
        return tuple(columns)
    return 1 if isinstance(want, CountRows) else {}

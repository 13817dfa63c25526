"""A backtest from a drafted rule to what would have come of it, table by table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import thread_time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from apps.common.errors import InvalidInput, MidwatchError
from apps.common.records import record
from apps.connections.models import Table
from apps.connections.services import ENGINES, TableName, matches
from apps.rules import validation
from apps.rules.backtest import words
from apps.rules.backtest.outcome import Trial, summed_up
from apps.rules.backtest.past import ByColumn, NoPast, Past
from apps.rules.backtest.reading import may_be_read, read_past
from apps.rules.backtest.replay import Look, walk
from apps.rules.backtest.sought import Sought
from apps.rules.backtest.spoken import Spoken
from apps.rules.backtest.stored import stored_past
from apps.rules.bands.marks import Marks
from apps.rules.drafts import RuleDraft
from apps.rules.feedback.hearing import spoken_of
from apps.rules.kinds.contract import Kind
from apps.rules.models import Rule
from apps.rules.validation import CheckedDraft

DAYS, MOST_DAYS = 90, 400
PATIENCE, SHORT = 10.0, 1.0  # seconds of a processor for a rule by itself, and among many
MOST_OF_MANY = 50
MOST_LOOKS = 60_000
LEAST = timedelta(days=1)
MOST_VALUES = 20  # of a column that rows are told apart by
CUT = "To try it on more would take too long."
NO_RULES: Mapping[str, Rule] = MappingProxyType({})
MOST_TABLES = 5  # of a rule with patterns: each is read by a statement of its own


@record
class Backtest:
    """What would have come of a rule of `kind` in the last `days` days. `tables`: how many it covers, of which `trials`
    tells the first few. `unread`: where reading costs money, the past in the table itself was left out."""

    kind: Kind
    trials: tuple[Trial, ...]
    days: int
    tables: int
    unread: bool = False

    @property
    def sentence(self) -> str:
        """When it would have alerted, or why that is not known."""
        if not self.trials:
            return f"{words.NOTHING} No known table matches."
        some = f" Tried on {len(self.trials)} of {self.tables:,} tables." if self.tables > len(self.trials) else ""
        return words.sentence(self.trials, self.days) + some

    @property
    def shown(self) -> Trial | None:
        """The table that is worth showing: the one with the most alerts."""
        tried = [trial for trial in self.trials if trial.tried]
        return max(tried, key=lambda trial: len(trial.alerts), default=None)


def backtest(
    *,
    draft: RuleDraft,
    rule: Rule | None = None,
    days: int = DAYS,
    may_spend: bool = False,
    seconds: float = PATIENCE,
    now: datetime,
) -> Backtest:
    """Try a rule on the past, saved or not; of `rule`, the one that the draft changes, what people said of its findings
    counts. The table is read back by one statement where the rule has a column with times, kept for some minutes; where
    that costs money only if `may_spend`. Else, and where that fails, what Midwatch stored is taken. `seconds` of a
    processor are what reckoning may take, about; then the newest part has to do. Raises InvalidInput.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"Ask for 1 to {MOST_DAYS} days.", field="days")
    checked = validation.read(draft)
    tables = _tables(checked)
    driver = ENGINES[draft.connection.engine]
    unread = driver.bills_bytes and not may_spend
    found = [_sought(checked, table, is_view, days, now) for table, is_view in tables[:MOST_TABLES]]
    trials = tuple(_try(sought, draft.max_bytes, seconds / len(found), rule, read=not unread) for sought in found)
    return Backtest(checked.kind, trials, days, len(tables), unread=unread and any(map(may_be_read, found)))


def backtests(*, drafts: Sequence[RuleDraft], rules: Mapping[str, Rule] = NO_RULES, now: datetime) -> list[str]:
    """What would have come of each draft, in a sentence. `rules`: those that are saved already, by name.
    Where reading costs money nothing is read, and at most `MOST_OF_MANY` of a connection are tried. Raises
    InvalidInput."""
    told, tried = list[str](), Counter[int]()
    for draft in drafts:
        tried[id(draft.connection)] += 1
        if tried[id(draft.connection)] > MOST_OF_MANY:
            told.append(f"Not tried on the past: only the first {MOST_OF_MANY} rules of a connection are.")
        else:
            told.append(backtest(draft=draft, rule=rules.get(draft.name), seconds=SHORT, now=now).sentence)
    return told


def _sought(checked: CheckedDraft, table: TableName, is_view: bool, days: int, now: datetime) -> Sought:
    connection = checked.draft.connection
    zone = ZoneInfo(connection.timezone)
    subject = replace(checked.subject, table=table, is_view=is_view, words="", store_zone=zone)
    return Sought(connection, subject, checked.kind, now - timedelta(days=days), now)


def _try(sought: Sought, max_bytes: int | None, seconds: float, rule: Rule | None, *, read: bool) -> Trial:
    try:
        past = _past(sought, max_bytes, read=read)
        spoken = spoken_of(rule=rule, table=sought.subject.table, since=past.since, now=sought.now)
        return rehearse(sought, past, spoken, seconds)
    except NoPast as error:
        return replace(_untried(sought), reason=str(error))


def rehearse(sought: Sought, past: Past, spoken: Spoken, seconds: float) -> Trial:
    """What would have come of the rule in this past, as far as `seconds` of a processor allow. Raises NoPast."""
    notes = []
    if isinstance(past, ByColumn) and len(past.lots) > MOST_VALUES:
        notes.append(f"Of {len(past.lots):,} values, only the {MOST_VALUES} with the most rows were tried.")
        past = past.largest(MOST_VALUES)
    looks, cut = _looks(sought, past, spoken.marks, seconds)
    found = summed_up(replace(_untried(sought), source=past.source, spoken=spoken), looks)
    if cut is not None:
        notes.append(CUT)
    return replace(found, notes=tuple(notes), cut=cut)


def _untried(sought: Sought) -> Trial:
    return Trial(sought.subject.table, sought.subject.zone, sought.now, sought.kind.unit)


def _looks(sought: Sought, past: Past, marks: Marks, seconds: float) -> tuple[list[Look], datetime | None]:
    """The checks that there would have been; where these are too many, or take longer than `seconds`, those of the
    newest part that takes about as long, and where that begins."""
    begun, looks = thread_time(), list[Look]()
    for look in walk(sought.kind, sought.subject, past, marks):
        looks.append(look)
        if thread_time() - begun > seconds or len(looks) > MOST_LOOKS:
            done = look.at - past.since
            newest = replace(past, since=past.until - max(done, LEAST))
            return list(walk(sought.kind, sought.subject, newest, marks)), newest.since
    return looks, None


def _past(sought: Sought, max_bytes: int | None, *, read: bool) -> Past:
    """What the table tells, else what was stored. Raises NoPast."""
    problem = ""
    if read and may_be_read(sought):
        try:
            return read_past(sought, max_bytes=max_bytes)
        except MidwatchError as error:
            problem = str(error)
    try:
        if sought.connection.pk is None:
            raise NoPast("The connection is not saved yet.")
        return stored_past(sought)
    except NoPast as error:
        raise NoPast(problem or str(error)) from error


def _tables(checked: CheckedDraft) -> list[tuple[TableName, bool]]:
    """The tables of the rule, and whether each is a view; of patterns, those of the catalogue that match."""
    draft = checked.draft
    if checked.tables:
        return [(table, False) for table in checked.tables]
    known = Table.objects.filter(connection=draft.connection, gone_at=None) if draft.connection.pk else ()
    names = [(TableName(row.schema, row.name), row.kind == "view") for row in known]
    return [pair for pair in names if matches(pair[0], draft.include, draft.exclude)]

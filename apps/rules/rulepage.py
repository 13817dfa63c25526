"""What the page of one rule shows: its tables; the chart, the days and the checks of one of them; and its incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from apps.alerts.models import Incident
from apps.common.records import record
from apps.rules import chart, services
from apps.rules.bands.band import NO_BAND
from apps.rules.charttable import ChartLine, chart_lines
from apps.rules.chartwords import chart_words
from apps.rules.days.picture import Picture, picture_of
from apps.rules.days.reading import stored_days
from apps.rules.feedback.learnedlimits import HOW, LearnedLimits, learned_limits
from apps.rules.items import RuleWork, rule_work
from apps.rules.kinds import KINDS
from apps.rules.kinds.learning import row_edges
from apps.rules.models import Check, Feedback, Observation, Rule, RuleState
from apps.rules.overview import RANK, STATES
from apps.rules.results.segments import tells_apart
from apps.rules.seen import expected_words, measured_words

TABLES = 50
CHECKS = 50
INCIDENTS = 20
DAYS = 90
SAID = 20


@record
class CheckLine:
    check: Check
    measured: str
    expected: str


@record
class RulePage:
    """`state` is the table that the chart and the checks belong to; None while no table matches the patterns. `days`:
    the picture of its days; None for a rule that counts none. `segment`: the value whose rows the chart shows, of a
    rule that tells rows apart by one. `learned`: None for a rule that learns nothing. `feedback`: what was said.
    `missing`: a sentence where what was asked for is not there, and something else is shown."""

    rule: Rule
    kind: str
    sentence: str
    covering: RuleState | None
    tables: Page[Any]
    state: RuleState | None
    chart: dict[str, Any]
    chart_words: str
    chart_lines: list[ChartLine]
    days: Picture | None
    checks: list[CheckLine]
    incidents: list[Incident]
    segments: list[str]
    segment: str
    learned: LearnedLimits | None
    feedback: list[Feedback]
    missing: str = ""

    @property
    def many(self) -> bool:
        return not self.rule.table

    @property
    def learned_words(self) -> str:
        """What the learned limits do at present."""
        return HOW[self.learned.how] if self.learned else ""

    @property
    def usual(self) -> str:
        """Which number of rows its own history lets expect; of a wait, its reason tells."""
        reading = self.learned.band.reading if self.learned else None
        if reading is None or KINDS[self.rule.kind].unit != "rows":
            return ""
        edges = row_edges(reading)
        words = expected_words("rows", edges.low, edges.high)
        return f"Usual: {words}." if words else ""


@record
class Choice:
    """What of the rule is shown: one table by its state or by its name, one value; and which tables are listed."""

    state_id: str = ""
    table: str = ""
    segment: str = ""
    verdict: str = ""
    page: str = "1"


def read_rule(rule: Rule, choice: Choice, now: datetime) -> RulePage:
    """Read the page of `rule`."""
    states = RuleState.objects.filter(rule=rule)
    tables = states.exclude(table="").alias(rank=_rank()).order_by("rank", "schema", "table")
    if choice.verdict in STATES:
        tables = tables.filter(verdict="" if choice.verdict == "never" else choice.verdict)
    chosen = _chosen(states.exclude(table=""), choice)
    state = chosen or tables.first()
    unit, work = KINDS[rule.kind].unit, rule_work(rule, rule.connection)
    checks = _checks(state)
    segments = _segments(rule, state)
    segment = choice.segment if choice.segment in segments else next(iter(segments), "")
    learned = learned_limits(work=work, state=state, now=now, shown=chart.POINTS, segment=segment) if state else None
    feedback = list(Feedback.objects.filter(state=state)[:SAID]) if state else []
    drawn = chart.with_said(_chart(work, state, checks, segment, learned), feedback)
    return RulePage(
        rule=rule,
        kind=KINDS[rule.kind].label,
        sentence=services.sentence_of(rule=rule),
        covering=states.filter(table="").first() if not rule.table else None,
        tables=Paginator(tables, TABLES).get_page(choice.page),
        state=state,
        chart=drawn,
        chart_words=chart_words(drawn, zone=timezone.get_current_timezone_name()),
        chart_lines=chart_lines(drawn),
        days=_days(work, state),
        checks=[
            CheckLine(check, measured_words(unit, check.measured), expected_words(unit, check.low, check.high))
            for check in checks[:CHECKS]
        ],
        incidents=list(incidents_of(rule)[:INCIDENTS]),
        segments=segments,
        segment=segment,
        learned=learned,
        feedback=feedback,
        missing=_missing(choice, chosen, state, segments),
    )


def _missing(choice: Choice, chosen: RuleState | None, shown: RuleState | None, segments: Sequence[str]) -> str:
    """That the table or the value that was asked for is not there; empty: it is."""
    if (choice.table or choice.state_id) and chosen is None:
        asked = choice.table or "that table"
        instead = f" Shown is {shown.schema}.{shown.table}." if shown else ""
        return f"This rule does not watch {asked}, or no longer.{instead}"
    if choice.segment and segments and choice.segment not in segments:
        return f"No rows of {choice.segment} are known. Shown is {segments[0]}."
    return ""


def _chosen(states: QuerySet[RuleState], choice: Choice) -> RuleState | None:
    if choice.state_id.isdecimal():
        return states.filter(pk=choice.state_id).first()
    schema, _, table = choice.table.rpartition(".")
    return states.filter(schema=schema, table=table).first() if table else None


def _segments(rule: Rule, state: RuleState | None) -> list[str]:
    """The values by which the rule tells rows apart, where it does."""
    if state is None or not tells_apart(rule):
        return []
    rows = Observation.objects.filter(state=state).exclude(segment="").order_by("segment")
    return list(rows.values_list("segment", flat=True).distinct())


def incidents_of(rule: Rule) -> QuerySet[Incident]:
    """The incidents of the rule, the newest first."""
    rows = Incident.objects.filter(team_id=rule.team_id, key__startswith=f"rule/{rule.pk}/").order_by("-opened_at")
    return rows.select_related("merged_into")


def _rank() -> Case:
    whens = [When(Q(verdict="" if state == "never" else state), then=Value(rank)) for state, rank in RANK.items()]
    return Case(*whens, default=Value(len(RANK)), output_field=IntegerField())


def _checks(state: RuleState | None) -> list[Check]:
    return list(Check.objects.filter(state=state).order_by("-at")[: chart.POINTS]) if state else []


def _days(work: RuleWork, state: RuleState | None) -> Picture | None:
    """From what the rule stored at its checks: the data store is not asked."""
    if state is None or work.kind is None or work.kind.counts_days_by is None:
        return None
    return picture_of(stored_days(state, work.subject.zone, days=DAYS), work.subject.zone)


def _chart(
    work: RuleWork, state: RuleState | None, checks: Sequence[Check], segment: str, learned: LearnedLimits | None
) -> dict[str, Any]:
    unit, band = KINDS[work.rule.kind].unit, learned.band if learned else NO_BAND
    if state and unit == "rows":
        periods = state.observations.filter(measure="rows_arrived", segment=segment)
        newest = list(periods.order_by("-at")[: chart.POINTS])
        if newest:
            return chart.of_periods(newest, learned.lines if learned else {}, band)
    return chart.of_checks(unit, checks, NO_BAND if segment else band)

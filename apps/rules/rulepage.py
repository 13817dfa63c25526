"""What the page of one rule shows: its tables; the chart, the days and the checks of one of them; and its incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from apps.alerts.models import Incident
from apps.rules import chart, services
from apps.rules.days.picture import Picture, picture_of
from apps.rules.days.reading import stored_days
from apps.rules.items import rule_work
from apps.rules.kinds import KINDS
from apps.rules.models import Check, Rule, RuleState
from apps.rules.overview import RANK, STATES
from apps.rules.seen import expected_words, measured_words

TABLES = 50
CHECKS = 50
INCIDENTS = 20
DAYS = 90


@dataclass(frozen=True, slots=True)
class CheckLine:
    check: Check
    measured: str
    expected: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """`state` is the table that the chart and the checks belong to; None while no table matches the patterns. `days`:
    the picture of its days; None for a rule that counts none."""

    rule: Rule
    kind: str
    sentence: str
    covering: RuleState | None
    tables: Page[Any]
    state: RuleState | None
    chart: dict[str, Any]
    days: Picture | None
    checks: list[CheckLine]
    incidents: list[Incident]

    @property
    def many(self) -> bool:
        return not self.rule.table


def read_rule(rule: Rule, *, state_id: str, verdict: str, page: str) -> RulePage:
    """Read the page of `rule`; `state_id` chooses a table, `verdict` narrows the list of tables."""
    states = RuleState.objects.filter(rule=rule)
    tables = states.exclude(table="").alias(rank=_rank()).order_by("rank", "schema", "table")
    if verdict in STATES:
        tables = tables.filter(verdict="" if verdict == "never" else verdict)
    chosen = tables.filter(pk=state_id).first() if state_id.isdecimal() else None
    state = chosen or tables.first()
    unit = KINDS[rule.kind].unit
    checks = _checks(state)
    return RulePage(
        rule=rule,
        kind=KINDS[rule.kind].label,
        sentence=services.sentence_of(rule=rule),
        covering=states.filter(table="").first() if not rule.table else None,
        tables=Paginator(tables, TABLES).get_page(page),
        state=state,
        chart=_chart(unit, state, checks),
        days=_days(rule, state),
        checks=[
            CheckLine(check, measured_words(unit, check.measured), expected_words(unit, check.low, check.high))
            for check in checks[:CHECKS]
        ],
        incidents=list(incidents_of(rule)[:INCIDENTS]),
    )


def incidents_of(rule: Rule) -> QuerySet[Incident]:
    """The incidents of the rule, the newest first."""
    return Incident.objects.filter(team_id=rule.team_id, key__startswith=f"rule/{rule.pk}/").order_by("-opened_at")


def _rank() -> Case:
    whens = [When(Q(verdict="" if state == "never" else state), then=Value(rank)) for state, rank in RANK.items()]
    return Case(*whens, default=Value(len(RANK)), output_field=IntegerField())


def _checks(state: RuleState | None) -> list[Check]:
    return list(Check.objects.filter(state=state).order_by("-at")[: chart.POINTS]) if state else []


def _days(rule: Rule, state: RuleState | None) -> Picture | None:
    """From what the rule stored at its checks: the data store is not asked."""
    kind = rule_work(rule, rule.connection).kind
    if state is None or kind is None or kind.counts_days_by is None:
        return None
    zone = ZoneInfo(rule.timezone)
    return picture_of(stored_days(state, zone, days=DAYS), zone)


def _chart(unit: str, state: RuleState | None, checks: Sequence[Check]) -> dict[str, Any]:
    if state and unit == "rows":
        periods = state.observations.filter(measure="rows_arrived").order_by("-at")[: chart.POINTS]
        if periods:
            judged = next((check for check in checks if check.low is not None or check.high is not None), None)
            return chart.of_periods(list(periods), judged)
    return chart.of_checks(unit, checks)

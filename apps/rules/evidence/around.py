"""The chart of a rule around the time of a trouble: some points before it began, and what came since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.alerts.models import Incident
from apps.rules import chart
from apps.rules.bands.band import NO_BAND, Band
from apps.rules.feedback.learnedlimits import LearnedLimits, learned_limits
from apps.rules.items import rule_work
from apps.rules.kinds import KINDS
from apps.rules.models import Check, Observation, Rule, RuleState

BEFORE, AFTER = 90, 90  # points
FEWEST = 2  # points that make a line


def chart_around(rule: Rule, state: RuleState, incident: Incident, *, began: datetime, now: datetime) -> dict[str, Any]:
    """As static/midwatch/chart.js draws it, with the moments of the incident marked; empty where there is no line."""
    work, segment = rule_work(rule, rule.connection), _segment(incident)
    learned = learned_limits(work=work, state=state, now=now, shown=chart.POINTS, segment=segment)
    drawn = _of_periods(state, segment, learned, began) if KINDS[rule.kind].unit == "rows" else {}
    drawn = drawn or _of_checks(rule, state, began, NO_BAND if segment or learned is None else learned.band)
    if len(drawn["times"]) < FEWEST:
        return {}
    return {**drawn, "moments": list(_moments(incident, began))}


def _segment(incident: Incident) -> str:
    """The first of the values for which it is broken, where the rule tells rows apart by one."""
    return str(next(iter(incident.facts.get("segments") or []), ""))


def _of_periods(state: RuleState, segment: str, learned: LearnedLimits | None, began: datetime) -> dict[str, Any]:
    """Rows per period, where periods are counted; else empty."""
    rows = Observation.objects.filter(state=state, measure="rows_arrived", segment=segment)
    periods = _around(rows, began)
    band = learned.band if learned else NO_BAND
    return chart.of_periods(periods, learned.lines if learned else {}, band) if periods else {}


def _of_checks(rule: Rule, state: RuleState, began: datetime, band: Band) -> dict[str, Any]:
    return chart.of_checks(KINDS[rule.kind].unit, _around(Check.objects.filter(state=state), began), band)


def _around(rows: QuerySet[Any], began: datetime) -> list[Any]:
    """The rows next to the moment, the newest first. Of a trouble that lasts, the newest rows are shown as well as
    the first: between them lies nothing new."""
    before = list(rows.filter(at__lte=began).order_by("-at")[:BEFORE])
    after = rows.filter(at__gt=began)
    first = list(after.order_by("at")[:AFTER])
    if len(first) < AFTER:
        return [*reversed(first), *before]
    last = after.filter(at__gt=first[-1].at).order_by("-at")[:AFTER]
    return [*last, *reversed(first), *before]


def _moments(incident: Incident, began: datetime) -> Iterable[dict[str, Any]]:
    """What is marked on it: when the trouble began, when it was noticed where that was later, and its end."""
    yield {"at": began.timestamp(), "label": "it began" if began < incident.opened_at else "it was noticed"}
    if began < incident.opened_at:
        yield {"at": incident.opened_at.timestamp(), "label": "it was noticed"}
    if incident.resolved_at:
        yield {"at": incident.resolved_at.timestamp(), "label": "it ended"}

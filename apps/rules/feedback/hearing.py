"""What people said of what a rule found on a table, in words and by what they did: for trying the rule on that past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from apps.alerts.models import Incident, TimelineEntry, TimelineKind
from apps.connections.services import TableName
from apps.rules.backtest.spoken import HARMLESS, NOTHING_SAID, REAL, Called, Spoken
from apps.rules.bands.marks import FALSE, MISSED, NO_MARKS, Marks
from apps.rules.feedback.marking import marks_of
from apps.rules.items import incident_key
from apps.rules.kinds.moments import from_iso
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.precision.record import Alert, Outcome, Said, outcome_of

MOMENT = timedelta(seconds=1)
MEANINGS: Mapping[Outcome, str] = {Outcome.REAL: REAL, Outcome.FALSE: FALSE, Outcome.EXPECTED: HARMLESS}
FIELDS = ("opened_at", "resolved_at", "taken", "outcome", "facts")


def spoken_of(*, rule: Rule | None, table: TableName, since: datetime, now: datetime) -> Spoken:
    """What people made of the rule on this table since then. Of a rule that is not saved yet nothing was said."""
    state = RuleState.objects.filter(rule=rule, schema=table.schema, table=table.name).first() if rule else None
    if state is None:
        return NOTHING_SAID
    marks = marks_of(Feedback.objects.filter(state=state)).get(state.pk, NO_MARKS)
    return Spoken(marks, _alerts(state.rule, table, marks, since, now))


def _alerts(rule: Rule, table: TableName, marks: Marks, since: datetime, now: datetime) -> Sequence[Called]:
    """The alerts of which people said what they were, as the page Noise has it; or of the period that one was about."""
    key = incident_key(rule.pk, table)
    acknowledged = TimelineEntry.objects.filter(incident=OuterRef("pk"), kind=TimelineKind.ACKNOWLEDGED)
    rows = Incident.objects.filter(team=rule.team_id, key=key, opened_at__gte=since).order_by("opened_at")
    said = [Said(key, mark.meaning, mark.begins, mark.ends) for mark in marks.marks if mark.meaning != MISSED]
    found = []
    for opened_at, resolved_at, taken, outcome, facts in rows.annotate(taken=Exists(acknowledged)).values_list(*FIELDS):
        period = from_iso(facts.get("period_start"))
        begins = min(opened_at, period + MOMENT) if period else opened_at
        called = outcome_of(Alert(key, begins, resolved_at, taken, closed_as=outcome), said, now)
        if called in MEANINGS and (outcome or called is Outcome.REAL):  # else it stands among the marks
            ends = max(resolved_at or now, opened_at + MOMENT)
            found.append(Called(opened_at, ends, MEANINGS[called]))
    return found

"""What incidents were, as people said: when they closed one, or after it was over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts.incidents.finding import stored_key
from apps.alerts.models import Incident, IncidentStatus, Outcome, TimelineEntry, TimelineKind
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import User

SAYS = "{person} says that this was: {outcome}."
STILL_OPEN = "This incident is not over yet. Close it as what it is."


@record
class Judged:
    """A closed incident of which a person said what it was: one of `Outcome`. `key` is the one that was asked for."""

    key: str
    outcome: str
    opened_at: datetime
    resolved_at: datetime


def judge(incident: Incident, outcome: str, user: User | None, now: datetime, *, by: str = "") -> None:
    """Say what a resolved incident was; a later word replaces an earlier one. Nobody is told.

    Raises InvalidInput for an outcome that does not exist, and while it is not resolved.
    """
    checked = checked_outcome(outcome)
    row = Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=incident.pk)
    if row.status != IncidentStatus.RESOLVED:
        raise InvalidInput(STILL_OPEN)
    if row.outcome != checked:
        row.outcome = checked
        row.facts = row.facts | {"outcome": str(checked)}
        row.save(update_fields=["outcome", "facts"])
        text = SAYS.format(person=user or by, outcome=checked.label.lower())
        TimelineEntry.objects.create(incident=row, at=now, kind=TimelineKind.FEEDBACK, text=text, user=user)
    incident.refresh_from_db()


def checked_outcome(outcome: str) -> Outcome:
    """The outcome of that name. Raises InvalidInput where there is none."""
    if outcome not in Outcome.values:
        known = ", ".join(Outcome.values)
        raise InvalidInput(f"Say what it was: one of {known}.", field="outcome")
    return Outcome(outcome)


def outcomes(*, keys: Collection[str], since: datetime) -> list[Judged]:
    """What people said of incidents of these keys that were resolved since then; one statement, the oldest first."""
    asked = {stored_key(key): key for key in keys}
    rows = Incident.objects.filter(key__in=asked, resolved_at__gte=since).exclude(outcome="").order_by("resolved_at")
    return [
        Judged(asked[key], outcome, opened_at, resolved_at)
        for key, outcome, opened_at, resolved_at in rows.values_list("key", "outcome", "opened_at", "resolved_at")
        if resolved_at
    ]

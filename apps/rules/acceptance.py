"""Which breaches a person has accepted: by closing the incident while the table was still as it is, or by calling it
the new normal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import F

from apps.alerts.reports import closed_by_people, open_keys
from apps.rules.items import Item
from apps.rules.models import Check, Feedback, Verdict


def accepted(items: Sequence[Item]) -> set[int]:
    """The states whose last finished check found a breach, of which a person closed the incident since, or which a
    person called the new normal since it began.

    A check that could not look says nothing about the table, so what was accepted before or meanwhile stays accepted.
    """
    found = [item for item in items if item.verdict == "breached"]
    still_open = open_keys(keys=[item.key for item in found])
    blind = {item.key: item for item in items if item.verdict == "unknown"}
    closed = closed_by_people(keys=blind)
    closed_since = {item.state_id for item in found if item.key not in still_open}
    return (
        closed_since
        | _new_normal({item.state_id for item in found})
        | {blind[key].state_id for key, at in closed.items() if _breached_before(blind[key].state_id, at)}
    )


def _new_normal(breached: Collection[int]) -> set[int]:
    if not breached:
        return set()
    said = Feedback.objects.filter(state__in=breached, meaning=Feedback.Meaning.NEW_NORMAL, taken_back_at=None)
    return set(said.filter(at__gte=F("state__since")).values_list("state", flat=True))


def _breached_before(state_id: int, closed_at: datetime) -> bool:
    finished = Check.objects.filter(state=state_id).exclude(verdict=Verdict.UNKNOWN).order_by("-at")
    last = finished.values_list("verdict", "at").first()
    return last is not None and last[0] == Verdict.BREACHED and last[1] <= closed_at

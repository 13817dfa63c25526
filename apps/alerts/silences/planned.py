"""Maintenance that holds now or comes next, for those who show it to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from apps.alerts.models import Silence
from apps.alerts.silences.covering import Place, covers, window_of
from apps.alerts.silences.recurring import next_span, open_at
from apps.common.records import record


@record
class Planned:
    """Once that a maintenance window is open: now, or the next time. `end` is None where it has none."""

    silence: Silence
    start: datetime
    end: datetime | None

    def concerns(self, *, rule_id: int, connection_id: int, table: str, tags: Sequence[str]) -> bool:
        """Whether it covers this rule on this table."""
        return covers(self.silence, Place(rule_id, connection_id, table, list(tags)))


def planned_maintenance(*, team_id: int, now: datetime) -> list[Planned]:
    """The maintenance windows of a team that hold now or come, each with that time, soonest first. One statement."""
    rows = Silence.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), team=team_id, kind=Silence.Kind.MAINTENANCE)
    found = []
    for silence in rows:
        window = window_of(silence)
        if span := open_at(window, now) or next_span(window, now):
            found.append(Planned(silence, span.start, span.end))
    return sorted(found, key=lambda each: (each.start, each.silence.pk))

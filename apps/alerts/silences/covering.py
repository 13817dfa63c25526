"""Which silences cover which incidents, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from fnmatch import fnmatchcase
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.alerts.models import Incident, IncidentStatus, Silence
from apps.alerts.silences.recurring import Window, open_at
from apps.alerts.silences.sentences import moment_words
from apps.common.records import record

REASON_LIMIT = 150
FOREVER = datetime.max.replace(tzinfo=UTC)


class Placed(Protocol):
    """What silences look at."""

    rule_id: int | None
    connection_id: int | None
    table: str
    tags: list[str]


@dataclass(slots=True)
class Place:
    """Something that is not an incident, as silences look at it."""

    rule_id: int | None
    connection_id: int | None
    table: str
    tags: list[str]


@record
class Open:
    """A silence that holds now. `until` is when it ends; None where it has no end."""

    silence: Silence
    until: datetime | None

    @property
    def sentence(self) -> str:
        """Why nothing is sent, and until when."""
        silence, zone = self.silence, ZoneInfo(self.silence.timezone)
        end = f"until {moment_words(self.until, zone)}" if self.until else "until somebody ends the mute"
        what = "It is muted" if silence.kind == Silence.Kind.MUTE else "A maintenance window lasts"
        return f"{what} {end}: {silence.reason[:REASON_LIMIT].rstrip('.')}."


def window_of(silence: Silence) -> Window:
    """When a silence holds, as plain values."""
    return Window(
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        zone=ZoneInfo(silence.timezone),
        weekdays=tuple(silence.weekdays),
        begins=silence.begins or time(),
        minutes=silence.minutes or 0,
    )


def open_silences(teams: Collection[int], *, now: datetime) -> dict[int, list[Open]]:
    """The silences of each team that hold at `now`; one statement."""
    running = Q(ends_at=None) | Q(ends_at__gt=now)
    found: dict[int, list[Open]] = {}
    for silence in Silence.objects.filter(running, team__in=teams, starts_at__lte=now):
        if span := open_at(window_of(silence), now):
            found.setdefault(silence.team_id, []).append(Open(silence, span.end))
    return found


def silences_on(
    *, team_id: int, now: datetime, rule_id: int | None, connection_id: int | None, table: str, tags: Sequence[str]
) -> list[tuple[int, str]]:
    """The silences that hold over something now: the number of each, and why nobody is told, as a sentence."""
    placed = Place(rule_id, connection_id, table, list(tags))
    found = open_silences([team_id], now=now).get(team_id, ())
    return [(each.silence.pk, each.sentence) for each in found if covers(each.silence, placed)]


def covers(silence: Silence, placed: Placed) -> bool:
    """Whether all that the silence asks for holds. What it leaves empty, it does not ask for."""
    return (
        (silence.rule_id is None or silence.rule_id == placed.rule_id)
        and (silence.connection_id is None or silence.connection_id == placed.connection_id)
        and (not silence.tables or any(fnmatchcase(placed.table, pattern) for pattern in silence.tables))
        and (not silence.tags or bool({*silence.tags} & {*placed.tags}))
    )


def silences_over(incidents: Iterable[Incident], *, now: datetime) -> dict[int, Open]:
    """The silence over each incident, by its number: of several the one that ends last. Two statements at most.

    An incident to which others belong is only silent while they all are: nobody would hear of those otherwise.
    """
    rows = {incident.pk: incident for incident in incidents}
    by_team = open_silences({row.team_id for row in rows.values()}, now=now) if rows else {}
    if not by_team:
        return {}
    parts: dict[int, list[Incident]] = {}
    for part in Incident.objects.filter(merged_into__in=rows).exclude(status=IncidentStatus.RESOLVED):
        parts.setdefault(part.merged_into_id or 0, []).append(part)
    found = {pk: _shared(by_team.get(row.team_id, ()), [row, *parts.get(pk, ())]) for pk, row in rows.items()}
    return {pk: each for pk, each in found.items() if each}


def _shared(silences: Sequence[Open], incidents: Sequence[Incident]) -> Open | None:
    """The silence with whose end the first of these is no longer silent; None when one of them is not silent now."""
    over = [[each for each in silences if covers(each.silence, incident)] for incident in incidents]
    return min((max(each, key=_end) for each in over), key=_end) if all(over) else None


def _end(silence: Open) -> datetime:
    return silence.until or FOREVER

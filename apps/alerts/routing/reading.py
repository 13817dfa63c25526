"""The routes and the rotations of teams, read in a handful of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from apps.alerts.models import Rotation, Route
from apps.alerts.routing.matching import RouteValues
from apps.alerts.routing.people import present
from apps.alerts.routing.rotations import Turn, on_duty, turns

WEEKS = 5  # the one that runs and the next four


def routes_of(teams: Collection[int], *, now: datetime) -> dict[int, list[RouteValues]]:
    """The routes of each team in their order, with whoever is on duty at `now` among the people."""
    if not teams:
        return {}
    rows = Route.objects.filter(team__in=teams).order_by("catch_all", "position", "pk").select_related("rotation")
    found = list(rows.prefetch_related("channels", "people", "rotation__turns"))
    duty = duty_of([route.rotation for route in found if route.rotation], now=now)
    routes: dict[int, list[RouteValues]] = {}
    for route in found:
        values = RouteValues(
            name=route.name,
            severities=tuple(route.severities),
            tags=tuple(route.tags),
            owners=tuple(route.owners),
            tables=tuple(route.tables),
            channels=tuple(channel.pk for channel in route.channels.all()),
            people=(*(person.pk for person in route.people.all()), *duty.get(route.rotation_id or 0, ())),
            escalation_id=route.escalation_id,
        )
        routes.setdefault(route.team_id, []).append(values)
    return routes


def duty_of(rotations: Iterable[Rotation], *, now: datetime) -> dict[int, tuple[int, ...]]:
    """By rotation, the user whose week it is: one or nobody. Their turns should have been fetched with them."""
    rows = {rotation.pk: rotation for rotation in rotations}
    gone = gone_from(rows.values())
    found = {
        pk: on_duty(
            starts_on=row.starts_on,
            handover=row.handover,
            timezone=row.timezone,
            members=[turn.user_id for turn in row.turns.all()],
            at=now,
            gone=gone[pk],
        )
        for pk, row in rows.items()
    }
    return {pk: (user_id,) if user_id is not None else () for pk, user_id in found.items()}


def weeks_of(rotation: Rotation, *, now: datetime) -> list[Turn]:
    """The week that runs (before the first: the first) and the next four."""
    return turns(
        starts_on=rotation.starts_on,
        handover=rotation.handover,
        timezone=rotation.timezone,
        members=[turn.user_id for turn in rotation.turns.all()],
        at=now,
        gone=gone_from([rotation])[rotation.pk],
        count=WEEKS,
    )


def gone_from(rotations: Iterable[Rotation]) -> dict[int, set[int]]:
    """By rotation, those of its people who are no members of the team any more."""
    pairs = {row.pk: [(row.team_id, turn.user_id) for turn in row.turns.all()] for row in rotations}
    members = present({pair for each in pairs.values() for pair in each})
    return {pk: {pair[1] for pair in each if pair not in members} for pk, each in pairs.items()}

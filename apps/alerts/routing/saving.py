"""Changing routes and their order. Every refusal is a sentence, and then nothing was changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from apps.alerts.models import Channel, Escalation, Rotation, Route, Severity
from apps.common.errors import InvalidInput, NotFoundNearby
from apps.common.records import record
from apps.teams.models import Member, Team

KEPT = (
    "The route “{route}” takes whatever no other route takes, so that no incident goes unheard. It cannot be deleted; "
    "choose whom it tells instead."
)
WHOLE = (
    "The route “{route}” takes whatever no other route takes, so that no incident goes unheard. It cannot ask for "
    "anything; add a route before it instead."
)
LAST = "The route “{route}” takes whatever no other route takes, so it stays last."
NOBODY = "Choose a channel, a person or a rotation: a route that leads to nobody would keep its incidents from others."


@record
class RouteDraft:
    """A route as somebody wants it. `owners` are mail addresses; what is left empty is not asked for."""

    name: str
    severities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    people: tuple[Member, ...] = ()
    rotation: Rotation | None = None
    escalation: Escalation | None = None


@transaction.atomic
def save_route(*, team: Team, draft: RouteDraft, instance: Route | None = None) -> Route:
    """Make a route, the last before the catch-all, or change `instance`. Raises InvalidInput."""
    lock(team)
    route = instance or Route(team=team, position=_next_position(team))
    _check(team, draft, route)
    for name in ("name", "rotation", "escalation"):
        setattr(route, name, getattr(draft, name))
    for name in ("severities", "tags", "owners", "tables"):
        setattr(route, name, list(getattr(draft, name)))
    route.save()
    route.channels.set(draft.channels)
    route.people.set([member.user_id for member in draft.people])
    return route


@transaction.atomic
def move_route(*, route: Route, up: bool) -> None:
    """Let the route change places with the one before (or after) it. Nothing happens at the end of the row."""
    if route.catch_all:
        raise InvalidInput(LAST.format(route=route))
    lock(route.team)
    rows = list(Route.objects.filter(team=route.team_id, catch_all=False).order_by("position", "pk"))
    place = next((index for index, row in enumerate(rows) if row.pk == route.pk), 0)
    other = place + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows, 1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


@transaction.atomic
def delete_route(*, route: Route) -> None:
    """Delete the route; its incidents go on to the next one that matches. Raises InvalidInput for the catch-all."""
    if route.catch_all:
        raise InvalidInput(KEPT.format(route=route))
    route.delete()


def lock(team: Team) -> None:
    """Let nobody else change the routing of this team until the transaction ends."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def check_members(team: Team, people: Iterable[Member], field: str = "people") -> None:
    """Raise InvalidInput where somebody belongs to another team."""
    if any(member.team_id != team.pk for member in people):
        raise InvalidInput(f"Only members of {team} can be chosen.", field=field)


def check_places(team: Team, channels: Iterable[Channel], rotation: Rotation | None) -> None:
    """Raise InvalidInput where a channel or the rotation is another team's."""
    if any(channel.team_id != team.pk for channel in channels):
        raise InvalidInput("A channel belongs to another team.", field="channels")
    if rotation and rotation.team_id != team.pk:
        raise InvalidInput("The rotation belongs to another team.", field="rotation")


def _next_position(team: Team) -> int:
    last = Route.objects.filter(team=team, catch_all=False).order_by("-position").first()
    return last.position + 1 if last else 1


def _check(team: Team, draft: RouteDraft, route: Route) -> None:
    if not draft.name.strip():
        raise InvalidInput("A route needs a name.", field="name")
    if Route.objects.filter(team=team, name=draft.name).exclude(pk=route.pk).exists():
        raise InvalidInput(f"The team already has a route named {draft.name!r}.", field="name")
    if route.catch_all and (draft.severities or draft.tags or draft.owners or draft.tables):
        raise InvalidInput(WHOLE.format(route=route))
    for severity in draft.severities:
        if severity not in Severity.values:
            raise NotFoundNearby(f"{severity!r} is no severity.", severity, Severity.values, field="severities")
    _check_owners(team, draft.owners)
    check_members(team, draft.people)
    check_places(team, draft.channels, draft.rotation)
    if draft.escalation and draft.escalation.team_id != team.pk:
        raise InvalidInput("The escalation belongs to another team.", field="escalation")
    if not route.catch_all and not (draft.channels or draft.people or draft.rotation):
        raise InvalidInput(NOBODY, field="channels")


def _check_owners(team: Team, owners: Sequence[str]) -> None:
    if not owners:
        return
    known = {email.casefold() for email in Member.objects.filter(team=team).values_list("user__email", flat=True)}
    for owner in owners:
        if owner.casefold() not in known:
            raise NotFoundNearby(f"No member of {team} has the address {owner!r}.", owner, known, field="owners")

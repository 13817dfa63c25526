"""The route that stands last and takes whatever no other does. Each team has one; it cannot be removed or narrowed."""

from __future__ import annotations

from typing import Any

from apps.alerts.models import Route
from apps.teams.models import Team

NAME = "Everything else"


def catch_all(team: Team) -> Route:
    """The team's catch-all, made where it is missing. Until somebody chooses whom it tells, that is the managers."""
    # Django asks for the name only where it makes the route.
    made: dict[str, Any] = {"name": lambda: _free_name(team)}
    return Route.objects.get_or_create(team=team, catch_all=True, defaults=made)[0]


def _free_name(team: Team) -> str:
    taken = set(Route.objects.filter(team=team, name__startswith=NAME).values_list("name", flat=True))
    return next(name for name in (NAME, *(f"{NAME} {n}" for n in range(2, len(taken) + 3))) if name not in taken)

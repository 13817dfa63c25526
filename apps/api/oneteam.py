"""The team that a command is narrowed to by its --team."""

from __future__ import annotations

from apps.common.errors import NotFoundNearby
from apps.teams.models import Team


def team_named(name: str) -> Team:
    """Raises NotFoundNearby."""
    team = Team.objects.filter(name=name).first()
    if team is None:
        raise NotFoundNearby(f"There is no team {name!r}.", name, Team.objects.values_list("name", flat=True))
    return team

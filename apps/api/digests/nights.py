"""What a language model wrote about the last night of the teams of a person, where they switched it on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.summaries.texts import is_on, last_nights
from apps.teams.models import Team, User
from apps.teams.permissions import Act, grant_of, teams_for


def last_nights_facts(user: User, now: datetime) -> list[dict[str, Any]]:
    """The team, the plain sentence and the text of each."""
    if not is_on():
        return []
    teams = {team.pk: team for team in _teams(user)}
    return [
        {
            "team": teams[text.team_id].name,
            "plain": text.plain,
            "text": text.answer,
            "asked_at": text.asked_at.isoformat(),
        }
        for text in last_nights(team_ids=list(teams), now=now)
    ]


def _teams(user: User) -> list[Team]:
    return list(teams_for(grant_of(user), Act.VIEW).filter(generated_summaries=True))

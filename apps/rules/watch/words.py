"""What a language model wrote about the last night, for the teams that switched it on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.teams.models import Team


def are_written(teams: Sequence[Team]) -> bool:
    """Whether such texts are written for any of the teams."""
    return bool(settings.MIDWATCH_LLM_URL) and any(team.generated_summaries for team in teams)


def read_words(teams: Sequence[Team], now: datetime) -> list[tuple[Team, Any]]:
    """Each team with its text of the last night; one statement."""
    from apps.summaries.texts import last_nights  # noqa: PLC0415 (few have a model; the overview is for everybody)

    named = {team.pk: team for team in teams if team.generated_summaries}
    return [(named[text.team_id], text) for text in last_nights(team_ids=list(named), now=now)]

"""A silence as it was: for the undo of its deletion, which only one that had not begun knows."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from apps.alerts.models import Silence
from apps.alerts.silences.saving import SilenceDraft, save_silence
from apps.teams.models import Team, User


def again(*, team: Team, gone: Any, now: datetime) -> Silence:
    """Make the silence of the historical row `gone` anew. Raises InvalidInput when it would be over by now."""
    values = {each.name: getattr(gone, each.name) for each in fields(SilenceDraft)}
    lists = {name: tuple(values[name]) for name in ("tables", "tags", "weekdays")}
    owner = User.objects.filter(pk=gone.owner_id).first()
    return save_silence(team=team, draft=SilenceDraft(**{**values, **lists}), owner=owner, now=now)

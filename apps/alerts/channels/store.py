"""Saving a channel: its settings checked, its secrets sealed, and no write when nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.common.fields import Sealed, SecretsUnreadable
from apps.common.plugins import check_settings
from apps.teams.models import Team

NAME_LIMIT = 100


def save(
    *,
    team: Team,
    name: str,
    channel_type: str,
    settings: Mapping[str, Any],
    secret_names: Mapping[str, str] | None,
    instance: Channel | None,
    keep_secrets: bool,
) -> Channel:
    """See `services.save_channel`."""
    model = CHANNELS.offered(channel_type).Settings
    channel = instance or Channel()
    stored = _stored_secrets(channel)
    kept = stored if keep_secrets and channel.type == channel_type else {}
    given = {key: value for key, value in settings.items() if value or key not in model.secret_names()}
    checked = check_settings(model, {**kept, **given})
    wanted = {
        "team_id": team.pk,
        "name": _free_name(team, name, channel),
        "type": channel_type,
        "settings": checked.plain(),
        "secret_names": dict(secret_names) if secret_names is not None else channel.secret_names,
    }
    changed = {key: value for key, value in wanted.items() if getattr(channel, key) != value}
    if checked.secrets() != stored:
        changed["secrets"] = Sealed.of(checked.secrets())
    if changed:
        for key, value in changed.items():
            setattr(channel, key, value)
        channel.save()
    return channel


def _stored_secrets(channel: Channel) -> dict[str, str]:
    """What is sealed; nothing when no key opens it, so that it can be entered again."""
    try:
        stored: dict[str, str] = channel.secrets.open()
    except SecretsUnreadable:
        return {}
    return stored


def _free_name(team: Team, name: str, channel: Channel) -> str:
    wanted = name.strip()
    if not wanted or len(wanted) > NAME_LIMIT or not wanted.isprintable():
        raise InvalidInput(f"Give the channel a name of 1 to {NAME_LIMIT} characters on one line.", field="name")
    if Channel.objects.filter(team=team, name=wanted).exclude(pk=channel.pk).exists():
        raise InvalidInput(f"The team {team} has a channel {wanted!r} already. Choose another name.", field="name")
    return wanted

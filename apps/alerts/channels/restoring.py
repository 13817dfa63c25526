"""A channel as it was: for the undo of a change or a deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.alerts.channels import CHANNELS, store
from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.teams.models import Team

NEEDS_ENTRY = (
    "The channel {name} had a secret, which no history holds. Add it again on the page Channels, and enter the secret."
)


def restore(*, row: Channel, before: Any, now: datetime) -> None:
    """Save the channel again with the values of the historical row `before`. Its secrets stay as they are: no history
    holds them. Raises InvalidInput when the channel cannot be so any more."""
    store.save(
        team=row.team,
        name=before.name,
        channel_type=before.type,
        settings=before.settings,
        secret_names=before.secret_names,
        instance=row,
        keep_secrets=True,
    )


def again(*, team: Team, gone: Any, now: datetime) -> Channel:
    """Make the channel of the historical row `gone` anew. Raises InvalidInput where it had a secret."""
    if CHANNELS[gone.type].Settings.secret_names():
        raise InvalidInput(NEEDS_ENTRY.format(name=gone.name))
    return store.save(
        team=team,
        name=gone.name,
        channel_type=gone.type,
        settings=gone.settings,
        secret_names=None,
        instance=None,
        keep_secrets=False,
    )

"""Which channel stands in for another: chosen on its form, and set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold import widgets

from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.teams.driveradmin import FrameForm

NOBODY = "Another channel of the team that works, else its managers by mail"


class ChannelForm(FrameForm):
    """The frame of a channel. Once it is saved, and so has a team, another channel may be chosen to stand in for it."""

    fallback = forms.ModelChoiceField(
        Channel.objects.none(),
        required=False,
        empty_label=NOBODY,
        widget=widgets.UnfoldAdminSelectWidget(),
        label="Fallback",
        help_text="Told instead when a message to this channel is late or given up.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, saved: bool, **kwargs: Any) -> None:
        super().__init__(data, saved=saved, **kwargs)
        if not saved:
            del self.fields["fallback"]
            return
        others = Channel.objects.filter(team=self.initial["team_id"]).exclude(pk=self.initial["id"])
        self.fields["fallback"].queryset = others  # type: ignore[attr-defined]
        self.initial["fallback"] = self.initial["fallback_id"]


def set_fallback(channel: Channel, fallback: Channel | None) -> None:
    """Choose who stands in for `channel`; None leaves it to Midwatch. Writes nothing when nothing changed.

    Raises InvalidInput for itself and for a channel of another team or of a person.
    """
    if fallback and (fallback.pk == channel.pk or fallback.team_id != channel.team_id or fallback.person_id):
        raise InvalidInput("Choose another channel of the same team to stand in for it.", field="fallback")
    if channel.fallback_id != (fallback.pk if fallback else None):
        channel.fallback = fallback
        channel.save(update_fields=["fallback"])

"""The form of a person's own wishes. Clock times are meant in the person's own zone."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold import widgets

from apps.alerts.models import Digest
from apps.alerts.services import Wishes

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "class": "mw-input mw-clock"}, format="%H:%M")


class WishesForm(forms.Form):
    """Quiet hours and digests."""

    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=_clock())
    quiet_until = forms.TimeField(
        label="Quiet until",
        required=False,
        widget=_clock(),
        help_text="Messages to you wait until then; critical ones come at once. Leave both empty for no quiet hours.",
    )
    quiet_weekends = forms.BooleanField(
        label="Saturday and Sunday are quiet all day", required=False, widget=widgets.UnfoldBooleanWidget()
    )
    digest = forms.ChoiceField(choices=Digest.choices, widget=widgets.UnfoldAdminSelectWidget())
    digest_at = forms.TimeField(label="At", widget=_clock())
    digest_weekday = forms.TypedChoiceField(
        label="On",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=widgets.UnfoldAdminSelectWidget(),
        help_text="Of a weekly digest.",
    )

    def wishes(self) -> Wishes:
        """What was entered; only after the form was found valid."""
        entered: dict[str, Any] = self.cleaned_data
        return Wishes(**entered)

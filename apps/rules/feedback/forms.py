"""The form in which a person says what a time was worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold import widgets

from apps.rules.feedback.giving import EFFECTS, Said
from apps.rules.models import Feedback, RuleState

LOCAL = "%Y-%m-%dT%H:%M"
ALMOST_A_MINUTE = timedelta(seconds=59)


class FeedbackForm(forms.Form):
    """Times are meant in the person's own zone."""

    meaning = forms.ChoiceField(choices=Feedback.Meaning.choices, widget=widgets.UnfoldAdminSelectWidget())
    begins = forms.DateTimeField(
        label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "mw-input"}, format=LOCAL)
    )
    ends = forms.DateTimeField(
        label="Until", widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "mw-input"}, format=LOCAL)
    )
    note = forms.CharField(required=False, max_length=500, widget=widgets.UnfoldAdminTextInputWidget())

    def said(self) -> Said:
        """What was entered; only after the form was found valid."""
        entered = self.cleaned_data
        return Said(entered["meaning"], entered["begins"], entered["ends"], entered["note"])


def effects() -> list[tuple[str, str]]:
    """Each meaning with what it does."""
    return [(str(meaning.label), EFFECTS[meaning]) for meaning in Feedback.Meaning]


def first_guess(state: RuleState, given: Any, now: datetime) -> dict[str, Any]:
    """What the form shows at first: what a link asks for, else the trouble that there is, else the last day."""
    if state.verdict == "breached" and state.since:
        begins, ends = state.since, now + timedelta(hours=1)
    else:
        begins, ends = now - timedelta(days=1), now
    return {
        "meaning": given.get("meaning") or Feedback.Meaning.EXPECTED,
        "begins": timezone.localtime(_moment(given.get("begins")) or begins),
        # The form knows minutes: what lasted for seconds must not end where it begins.
        "ends": timezone.localtime((_moment(given.get("ends")) or ends) + ALMOST_A_MINUTE),
    }


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if not 1970 <= moment.year < 9999:  # no zone can be told of the first and the last day that there is
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

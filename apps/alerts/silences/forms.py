"""The form of a mute or a maintenance window. Times are written by the clocks of the chosen time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold import widgets

from apps.alerts.models import Silence
from apps.alerts.silences import subjects
from apps.alerts.silences.saving import SilenceDraft, local_moment, minutes_between
from apps.alerts.silences.sentences import DAYS
from apps.teams.models import Team, check_time_zone
from apps.teams.permissions import Act, Grant, allowed, teams_for

NEEDS = {Silence.Kind.MUTE: Act.OPERATE, Silence.Kind.MAINTENANCE: Act.CONFIGURE}
KINDS = {
    Silence.Kind.MUTE: "Mute: something is known, and nobody needs to hear of it",
    Silence.Kind.MAINTENANCE: "Maintenance window: work is planned, once or every week",
}
PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class MomentInput(widgets.UnfoldAdminTextInputWidget):
    input_type = "datetime-local"


class TimeInput(widgets.UnfoldAdminTextInputWidget):
    input_type = "time"


class SilenceForm(forms.Form):
    """Choices are limited to the teams in which the person may silence. A saved silence stays in its team."""

    team = forms.ModelChoiceField(Team.objects.none(), empty_label=None, widget=widgets.UnfoldAdminSelectWidget())
    kind = forms.ChoiceField(widget=widgets.UnfoldAdminSelectWidget())
    reason = forms.CharField(
        max_length=300,
        widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN),
        help_text="It is shown wherever something is held back, for example “The loader moves to a new server”.",
        error_messages={"required": "Say why, so that others understand the silence."},
    )
    rule = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="Any rule", widget=widgets.UnfoldAdminSelectWidget()
    )
    connection = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="Any connection", widget=widgets.UnfoldAdminSelectWidget()
    )
    tables = forms.CharField(
        required=False,
        widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="Patterns such as sales.*, one a line. Empty: any table.",
    )
    tags = forms.CharField(
        required=False,
        widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN),
        help_text="Tags of rules, with commas between them; one of them is enough. Empty: any rule.",
    )
    starts_at = forms.CharField(
        required=False, label="From", widget=MomentInput(attrs=PLAIN), help_text="Empty: from now on."
    )
    ends_at = forms.CharField(
        required=False,
        label="Until",
        widget=MomentInput(attrs=PLAIN),
        help_text="Empty: until somebody ends it. A maintenance window that comes once needs an end.",
    )
    weekdays = forms.TypedMultipleChoiceField(
        choices=list(enumerate(DAYS)),
        coerce=int,
        required=False,
        label="Only on these days",
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="Choose days for a window that comes every week, and its times below.",
    )
    begins = forms.TimeField(required=False, label="From this time of day", widget=TimeInput(attrs=PLAIN))
    minutes = forms.TimeField(
        required=False,
        label="Until this time of day",
        widget=TimeInput(attrs=PLAIN),
        help_text="The same or an earlier time is one of the next day.",
    )
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        validators=[check_time_zone],
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"list": "zones", "autocomplete": "off"}),
        help_text="All times on this page are meant in it; the clocks change as they do there.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, grant: Grant, saved: bool, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        kinds = [(kind, words) for kind, words in KINDS.items() if grant.allows_anywhere(NEEDS[kind])]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        for name, rows in (("rule", subjects.rules()), ("connection", subjects.connections())):
            mine = allowed(rows, grant, act=Act.OPERATE).select_related("team").order_by("name")
            self.fields[name].queryset = mine  # type: ignore[attr-defined]
        teams = teams_for(grant, Act.OPERATE)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        if saved:
            del self.fields["team"]
        elif len(teams) > 1:
            for name in ("rule", "connection"):
                self.fields[name].label_from_instance = _with_team  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("starts_at", "ends_at"):
            if cleaned.get(name) and "timezone" in cleaned:
                try:
                    cleaned[name] = local_moment(cleaned[name], cleaned["timezone"])
                except ValueError:
                    self.add_error(name, "Write day and time, such as 2026-11-21 02:00.")
        return cleaned

    def draft(self) -> SilenceDraft:
        """What was entered; only after the form was found valid."""
        entered = self.cleaned_data
        begins, ends = entered["begins"], entered["minutes"]
        return SilenceDraft(
            kind=entered["kind"],
            reason=entered["reason"],
            rule_id=entered["rule"].pk if entered["rule"] else None,
            connection_id=entered["connection"].pk if entered["connection"] else None,
            tables=words_of(entered["tables"]),
            tags=words_of(entered["tags"]),
            starts_at=entered["starts_at"] or None,
            ends_at=entered["ends_at"] or None,
            timezone=entered["timezone"],
            weekdays=tuple(entered["weekdays"]),
            begins=begins,
            minutes=minutes_between(begins, ends) if begins and ends else None,
        )


def initial_of(silence: Silence) -> dict[str, Any]:
    """What the form of a saved silence shows."""
    zone = ZoneInfo(silence.timezone)
    ends = None
    if silence.begins and silence.minutes:
        ends = (datetime.combine(silence.starts_at.date(), silence.begins) + timedelta(minutes=silence.minutes)).time()
    return {
        "kind": silence.kind,
        "reason": silence.reason,
        "rule": silence.rule_id,
        "connection": silence.connection_id,
        "tables": "\n".join(silence.tables),
        "tags": ", ".join(silence.tags),
        "starts_at": _wall(silence.starts_at, zone),
        "ends_at": _wall(silence.ends_at, zone),
        "weekdays": silence.weekdays,
        "begins": f"{silence.begins:%H:%M}" if silence.begins else "",
        "minutes": f"{ends:%H:%M}" if ends else "",
        "timezone": silence.timezone,
    }


def words_of(text: str) -> tuple[str, ...]:
    """Words as people write them: one a line, or with commas."""
    return tuple(word.strip() for word in text.replace(",", "\n").splitlines() if word.strip())


def _wall(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def _with_team(row: Any) -> str:
    return f"{row.name} ({row.team.name})"

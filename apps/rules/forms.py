"""The form of a rule: what all kinds share. The kind's own settings come from its `Settings` model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold import widgets

from apps.alerts.models import Channel, Severity
from apps.common.errors import InvalidInput
from apps.common.sizefield import SizeField
from apps.connections.models import Connection
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.rules.told import members_named, teams_named
from apps.teams.models import Member, Team
from apps.teams.permissions import Act, Grant, allowed

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
MANY_ROWS = {"rows": 2, "spellcheck": "false"}


class RuleForm(forms.Form):
    """Choices are limited to the teams in which the person may configure rules."""

    name = forms.CharField(
        max_length=150,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text="How people will speak of it, for example “Orders keep arriving”.",
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        empty_label="Choose a connection",
        widget=widgets.UnfoldAdminSelectWidget(),
        error_messages={"required": "Choose the connection that the table is in."},
    )
    table = forms.CharField(
        required=False,
        max_length=520,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"list": "tables", **PLAIN}),
        help_text="Written schema.table.",
    )
    include = forms.CharField(
        required=False,
        label="Tables to take in",
        widget=widgets.UnfoldAdminTextareaWidget(attrs=MANY_ROWS),
        help_text="Patterns such as sales.*, one a line. Tables that appear later are watched as well.",
    )
    exclude = forms.CharField(
        required=False,
        label="Tables to leave out",
        widget=widgets.UnfoldAdminTextareaWidget(attrs=MANY_ROWS),
        help_text="Patterns such as sales.tmp_*, one a line.",
    )
    severity = forms.ChoiceField(
        choices=Severity.choices, initial=Severity.MEDIUM, widget=widgets.UnfoldAdminSelectWidget()
    )
    max_bytes = SizeField(
        required=False,
        label="Most bytes per check",
        least=1,
        most=10**15,
        help_text="Where reading costs money: a check of a table that would be billed more is not run. Write a number "
        "and a unit, such as 500 MB or 1 GB. Empty: what the connection allows.",
    )
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"list": "zones", "autocomplete": "off"}),
        help_text="Days and clock times of the rule are meant in it.",
    )
    notify = forms.ModelMultipleChoiceField(
        Channel.objects.none(),
        required=False,
        label="Tell",
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="Who hears of it when the rule alerts. Without a channel the routes of the team decide.",
    )
    people = forms.ModelMultipleChoiceField(
        Member.objects.none(),
        required=False,
        label="Tell these people as well",
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="Each by mail at their own address.",
    )
    owner = forms.ModelChoiceField(
        Member.objects.none(),
        required=False,
        empty_label="Nobody in particular",
        widget=widgets.UnfoldAdminSelectWidget(),
        help_text="Who answers for the table. Routes can choose by it.",
    )
    tags = forms.CharField(
        required=False,
        widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN),
        help_text="Words by which routes and silences choose rules, with commas between them: finance, nightly.",
    )

    # Names are typed: a list to choose from would tell everybody which teams there are.
    shared_with = forms.CharField(
        required=False,
        label="Share with teams",
        widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN),
        help_text="Names of other teams, with commas between them: finance, support. Their members may read the rule, "
        "its checks and its incidents, and find them in their digests. They can change nothing, and see nothing else "
        "of your team.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, grant: Grant, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        connections = allowed(Connection.objects.select_related("team"), grant, act=Act.CONFIGURE)
        channels = allowed(Channel.objects.select_related("team"), grant, act=Act.CONFIGURE)
        self.fields["connection"].queryset = connections  # type: ignore[attr-defined]
        self.fields["notify"].queryset = channels  # type: ignore[attr-defined]
        members = allowed(Member.objects.select_related("user", "team"), grant, act=Act.CONFIGURE)
        for name in ("people", "owner"):
            self.fields[name].queryset = members.filter(user__is_active=True)  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = _person  # type: ignore[attr-defined]
        if len(connections) == 1:
            self.fields["connection"].initial = connections[0].pk
        if len({connection.team_id for connection in connections}) > 1:
            for name in ("connection", "notify"):
                self.fields[name].label_from_instance = _with_team  # type: ignore[attr-defined]
            for name in ("people", "owner"):
                self.fields[name].label_from_instance = str  # type: ignore[attr-defined]  # names the team

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("table") and not lines_of(cleaned.get("include", "")):
            self.add_error("table", "Name a table, or write a pattern of tables to take in.")
        return cleaned

    def clean_shared_with(self) -> tuple[Team, ...]:
        try:
            return teams_named(lines_of(self.cleaned_data["shared_with"]))
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error

    def draft(self, kind: str, settings: dict[str, Any], *, paused: bool = False) -> RuleDraft:
        """The rule that was entered; only after the form was found valid."""
        entered = self.cleaned_data
        return RuleDraft(
            name=entered["name"],
            connection=entered["connection"],
            kind=kind,
            table=entered["table"].strip(),
            include=lines_of(entered["include"]),
            exclude=lines_of(entered["exclude"]),
            settings=settings,
            severity=entered["severity"],
            timezone=entered["timezone"],
            channels=tuple(entered["notify"]),
            people=tuple(entered["people"]),
            owner=entered["owner"],
            tags=lines_of(entered["tags"]),
            paused=paused,
            max_bytes=entered["max_bytes"],
            shared_with=entered["shared_with"],
        )


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form of a saved rule shows. Who left the team is not offered any more."""
    members = members_named(rule)
    return {
        "name": rule.name,
        "connection": rule.connection_id,
        "table": rule.table,
        "include": "\n".join(rule.include),
        "exclude": "\n".join(rule.exclude),
        "severity": rule.severity,
        "max_bytes": rule.max_bytes,
        "timezone": rule.timezone,
        "notify": [channel.pk for channel in rule.notify.all()],
        "people": [members[user.pk].pk for user in rule.people.all() if user.pk in members],
        "owner": members[rule.owner_id].pk if rule.owner_id in members else None,
        "tags": ", ".join(rule.tags),
        "shared_with": ", ".join(team.name for team in rule.shared_with.all()),
    }


def lines_of(text: str) -> tuple[str, ...]:
    """Patterns or tags as people write them: one a line, or with commas."""
    return tuple(line.strip() for line in text.replace(",", "\n").splitlines() if line.strip())


def _person(member: Member) -> str:
    return f"{member.user.name} ({member.user.email})" if member.user.name else member.user.email


def _with_team(row: Connection | Channel) -> str:
    return f"{row.name} ({row.team.name})"

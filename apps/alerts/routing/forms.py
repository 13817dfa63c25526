"""The forms of routes, escalations and rotations. What can be chosen is the team's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold import widgets

from apps.alerts.models import Channel, Escalation, Rotation, Route, Severity
from apps.alerts.routing.saving import RouteDraft
from apps.alerts.routing.steps import RotationDraft, StepDraft
from apps.teams.models import Member, Team

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
LINES = {"rows": 2, "spellcheck": "false"}
SPARE = 2  # empty places after those that are filled
SPARE_TURNS = 4
MOST_TURNS = 60


class DateWidget(widgets.UnfoldAdminTextInputWidget):
    input_type = "date"


class TimeWidget(widgets.UnfoldAdminTextInputWidget):
    input_type = "time"


class MemberChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return person_label(obj)


class MembersChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return person_label(obj)


def person_label(member: Member) -> str:
    """`Anna Berg (anna@example.com)`."""
    user = member.user
    return f"{user.name} ({user.email})" if user.name else user.email


def members_of(team: Team) -> Any:
    """The members who may be told, as choices."""
    return Member.objects.filter(team=team, user__is_active=True).select_related("user", "team")


def name_field(hint: str) -> forms.CharField:
    return forms.CharField(max_length=100, widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN), help_text=hint)


class ToldForm(forms.Form):
    """Whom a route or a step tells."""

    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(), required=False, widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget()
    )
    people = MembersChoice(
        Member.objects.none(),
        required=False,
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="Each gets a mail at their own address. Their quiet hours hold it back, unless it is critical.",
    )
    rotation = forms.ModelChoiceField(
        Rotation.objects.none(),
        required=False,
        label="Whoever is on duty in",
        empty_label="No rotation",
        widget=widgets.UnfoldAdminSelectWidget(),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, team: Team, **kwargs: Any) -> None:
        super().__init__(data, **{"use_required_attribute": False, **kwargs})
        self.fields["channels"].queryset = Channel.objects.filter(team=team)  # type: ignore[attr-defined]
        self.fields["people"].queryset = members_of(team)  # type: ignore[attr-defined]
        self.fields["rotation"].queryset = Rotation.objects.filter(team=team)  # type: ignore[attr-defined]


class RouteForm(ToldForm):
    """A route. The catch-all takes everything, so it is not asked what it takes."""

    name = name_field("How people will speak of it, for example “Finance”.")
    severities = forms.MultipleChoiceField(
        choices=Severity.choices, required=False, widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="None ticked: all.",
    )  # fmt: skip
    tags = forms.CharField(
        required=False, widget=widgets.UnfoldAdminTextInputWidget(attrs=PLAIN),
        help_text="Tags of the rule, with commas between them; one of them is enough. Empty: any or none.",
    )  # fmt: skip
    tables = forms.CharField(
        required=False, widget=widgets.UnfoldAdminTextareaWidget(attrs=LINES),
        help_text="Patterns such as sales.* for a schema or *.orders for a name, one a line. Empty: all tables.",
    )  # fmt: skip
    owners = MembersChoice(
        Member.objects.none(),
        required=False,
        label="Owner of the rule",
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="None ticked: all.",
    )
    escalation = forms.ModelChoiceField(
        Escalation.objects.none(),
        required=False,
        empty_label="Nobody else is told",
        label="Until somebody acknowledges",
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    ASKED = ("severities", "tags", "tables", "owners")
    ANSWERED = ("channels", "people", "rotation", "escalation")

    def __init__(self, data: Mapping[str, Any] | None = None, *, team: Team, route: Route | None, **kw: Any) -> None:
        super().__init__(data, team=team, initial=_route_values(route, team) if route else None, **kw)
        self.fields["owners"].queryset = members_of(team)  # type: ignore[attr-defined]
        self.fields["escalation"].queryset = Escalation.objects.filter(team=team)  # type: ignore[attr-defined]
        if route and route.catch_all:
            for name in self.ASKED:
                del self.fields[name]

    def draft(self) -> RouteDraft:
        """The route that was entered; only after the form was found valid."""
        entered = self.cleaned_data
        return RouteDraft(
            name=entered["name"],
            severities=tuple(entered.get("severities", ())),
            tags=words_of(entered.get("tags", "")),
            owners=tuple(member.user.email for member in entered.get("owners", ())),
            tables=words_of(entered.get("tables", "")),
            channels=tuple(entered["channels"]),
            people=tuple(entered["people"]),
            rotation=entered["rotation"],
            escalation=entered["escalation"],
        )


class NameForm(forms.Form):
    """What an escalation has beside its steps."""

    name = name_field("For example “Nights”.")


class StepForm(ToldForm):
    """One step; without minutes it is none."""

    after_minutes = forms.IntegerField(
        required=False,
        min_value=1,
        label="Minutes after the incident opened",
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text="Empty this to take the step out.",
    )
    field_order = ("after_minutes", "channels", "people", "rotation")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = cleaned.get("channels") or cleaned.get("people") or cleaned.get("rotation")
        if told and not cleaned.get("after_minutes") and not self.initial and "after_minutes" not in self.errors:
            self.add_error("after_minutes", "Write after how many minutes these are told.")
        return cleaned

    def draft(self) -> StepDraft | None:
        """The step that was entered; None where no minutes were."""
        entered = self.cleaned_data
        if not entered.get("after_minutes"):
            return None
        told = tuple(entered["channels"]), tuple(entered["people"]), entered["rotation"]
        return StepDraft(entered["after_minutes"], *told)


StepForms = forms.formset_factory(StepForm, extra=SPARE, max_num=20)


class RotationForm(forms.Form):
    """A rotation, with a place for each of its people and a few spare ones."""

    name = name_field("For example “Data on call”.")
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"list": "zones", "autocomplete": "off"}),
        help_text="The handover is meant in it, also when the clocks are changed.",
    )
    starts_on = forms.DateField(
        label="First day", widget=DateWidget(), help_text="The first day of the first person's first week."
    )
    handover = forms.TimeField(
        widget=TimeWidget(), help_text="At this time of the day, a week later, the next person takes over."
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, team: Team, rotation: Rotation | None) -> None:
        members = {member.user_id: member for member in members_of(team)}
        turns = list(rotation.turns.all()) if rotation else []
        values: dict[str, Any] = {"timezone": team.timezone, "handover": "09:00"}
        if rotation:
            values = {name: getattr(rotation, name) for name in ("name", "timezone", "starts_on")}
            values["handover"] = f"{rotation.handover:%H:%M}"
        present = [members[turn.user_id] for turn in turns if turn.user_id in members]
        values |= {f"turn_{place}": member.pk for place, member in enumerate(present, 1)}
        super().__init__(data, use_required_attribute=False, initial=values)
        sent = sum(name.startswith("turn_") for name in data) if data is not None else 0
        for place in range(1, min(max(len(present) + SPARE_TURNS, sent), MOST_TURNS) + 1):
            self.fields[f"turn_{place}"] = MemberChoice(
                members_of(team), required=False, label=f"Week {place}", empty_label="–",
                widget=widgets.UnfoldAdminSelectWidget(),
            )  # fmt: skip

    def draft(self) -> RotationDraft:
        """The rotation that was entered; only after the form was found valid."""
        entered = self.cleaned_data
        chosen = [entered[name] for name in self.fields if name.startswith("turn_") and entered[name]]
        return RotationDraft(
            entered["name"], entered["timezone"], entered["starts_on"], entered["handover"], tuple(chosen)
        )


def words_of(text: str) -> tuple[str, ...]:
    """Words as people write them: one a line, or with commas; each once."""
    parts = (part.strip() for part in text.replace(",", "\n").splitlines())
    return tuple(dict.fromkeys(part for part in parts if part))


def told_values(row: Any, team: Team) -> dict[str, Any]:
    """What the form shows of whom a stored route or step tells. Who left the team is not offered any more."""
    people = Member.objects.filter(team=team, user__in=row.people.all())
    return {
        "channels": [channel.pk for channel in row.channels.all()],
        "people": list(people.values_list("pk", flat=True)),
        "rotation": row.rotation_id,
    }


def _route_values(route: Route, team: Team) -> dict[str, Any]:
    folded = {owner.casefold() for owner in route.owners}
    return {
        **told_values(route, team),
        "name": route.name,
        "severities": route.severities,
        "tags": ", ".join(route.tags),
        "tables": "\n".join(route.tables),
        "owners": [member.pk for member in members_of(team) if member.user.email.casefold() in folded],
        "escalation": route.escalation_id,
    }

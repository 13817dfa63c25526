"""Forms for people and their roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from unfold.forms import UserCreationForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.teams.models import ApiToken, Member, Role, Team, User


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Adds somebody by mail address, so that an administrator need not see everyone who uses this installation."""

    email = forms.EmailField(
        label="E-mail address",
        widget=UnfoldAdminEmailInputWidget(),
        help_text="The person needs an account already. Somebody who has none is invited on the page Invitations.",
    )

    class Meta:
        model = Member
        fields: ClassVar = ["team", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        user = User.objects.filter(email__iexact=cleaned.get("email", "")).first()
        team = cleaned.get("team")
        if user is None and "email" in cleaned:
            self.add_error("email", "Nobody here has this address. Invite the person on the page Invitations.")
        elif user and team and Member.objects.filter(team=team, user=user).exists():
            self.add_error("email", f"{user} is in {team} already. Change the role in the list of members.")
        elif user:
            self.instance.user = user
        return cleaned


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Makes a token for a team, or for one of its members. The same name again replaces the earlier key."""

    email = forms.EmailField(
        label="For a member",
        required=False,
        widget=UnfoldAdminEmailInputWidget(),
        help_text="The mail address of a member of the team: the token then never may more than that person, and ends "
        "when the person leaves. Empty: it acts for the team.",
    )
    days = forms.IntegerField(
        label="Valid for days",
        required=False,
        min_value=1,
        max_value=3650,
        initial=365,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Empty: until it is revoked.",
    )

    class Meta:
        model = ApiToken
        fields: ClassVar = ["team", "name", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        address, team = cleaned.get("email"), cleaned.get("team")
        cleaned["member"] = None
        if address and team:
            member = Member.objects.filter(team=team, user__email__iexact=address).select_related("user").first()
            cleaned["member"] = member.user if member else None
            if member is None:
                self.add_error("email", f"Nobody with this address is in {team}. Choose one of its members.")
        return cleaned

    def validate_constraints(self) -> None:
        """A name that exists is no mistake here: its key is replaced."""


class OwnTokenForm(forms.Form):
    """Makes a token that acts for whoever fills it in."""

    team = forms.ModelChoiceField(Team.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget())
    name = forms.CharField(
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="What it is for, such as “nightly export”. The name of one that you have replaces its key.",
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.VIEWER,
        widget=UnfoldAdminSelectWidget(),
        help_text="The least that does the job; at most your own role in the team.",
    )
    days = forms.IntegerField(
        label="Valid for days",
        required=False,
        min_value=1,
        max_value=3650,
        initial=90,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Empty: until you revoke it, or leave the team.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data)
        self.fields["team"].queryset = Team.objects.filter(members__user=user)  # type: ignore[attr-defined]


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields: ClassVar = ["email", "name", "timezone"]

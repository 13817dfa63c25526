"""Forms for people and their roles."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminEmailInputWidget

from apps.teams.models import Member, User


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Adds somebody by mail address, so that an administrator need not see everyone who uses this installation."""

    email = forms.EmailField(
        label="E-mail address",
        widget=UnfoldAdminEmailInputWidget(),
        help_text="The person needs an account already; a superuser makes it on the page Users.",
    )

    class Meta:
        model = Member
        fields: ClassVar = ["team", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        user = User.objects.filter(email__iexact=cleaned.get("email", "")).first()
        team = cleaned.get("team")
        if user is None and "email" in cleaned:
            self.add_error("email", "Nobody here has this address. Ask a superuser to add the person first.")
        elif user and team and Member.objects.filter(team=team, user=user).exists():
            self.add_error("email", f"{user} is in {team} already. Change the role in the list of members.")
        elif user:
            self.instance.user = user
        return cleaned


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields: ClassVar = ["email", "name", "timezone"]

"""The forms of people who come in."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.teams.models import Invitation, ProvisionedUser, SignInProvider, User
from apps.teams.signin import providers


class SignInForm(LoginForm):
    """E-mail address and password. Browsers and scripts know the first field as `username`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget = UnfoldAdminEmailInputWidget(attrs={"autocomplete": "username", "autofocus": True})
        self.fields["password"].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"})
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name: str) -> str:
        name: str = super().add_prefix("username" if field_name == "login" else field_name)
        return name

    def clean(self) -> dict[str, Any]:
        """Refused before the password is looked at while the company login is the only way in."""
        if providers.sso_only():
            raise forms.ValidationError("Passwords open nothing here. Sign in with the company login.")
        cleaned: dict[str, Any] = super().clean()
        if self.user and (bound := _bound_to(self.user)):
            raise forms.ValidationError(f"Your teams come from {bound}. Sign in with it.")
        return cleaned


def _bound_to(user: User) -> SignInProvider | None:
    """The provider whose groups put the person into teams, or which provisioned them: a password must not outlive it.
    Superusers may go around it, since they mend it."""
    if user.is_superuser:
        return None
    by_groups, sent = Q(members__user=user), Q(people__user=user)
    return SignInProvider.objects.filter(by_groups | sent, enabled=True).first()


class ForgottenForm(ResetPasswordForm):
    """Sends no link to whoever came by a provider and never had a password: it would be a second way in."""

    users: list[User]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email: str = super().clean_email()
        by_company = {
            *SocialAccount.objects.filter(user__in=self.users).values_list("user_id", flat=True),
            *ProvisionedUser.objects.filter(user__in=self.users).values_list("user_id", flat=True),
        }
        self.users = [user for user in self.users if user.has_usable_password() or user.pk not in by_company]
        return email


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Invitation
        fields: ClassVar = ["email", "team", "role"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, team = cleaned.get("email"), cleaned.get("team")
        if email and team and team.members.filter(user__email__iexact=email).exists():
            self.add_error("email", f"{email} is in {team} already. Change the role in the list of members.")
        return cleaned


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What somebody who was invited says of themselves. The mail address is the one that was invited."""

    password = forms.CharField(
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, and none of the common ones.",
    )

    class Meta:
        model = User
        fields: ClassVar = ["name", "timezone"]
        widgets: ClassVar = {"name": UnfoldAdminTextInputWidget(), "timezone": UnfoldAdminTextInputWidget()}

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.instance)
        return password

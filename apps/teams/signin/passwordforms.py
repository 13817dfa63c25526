"""Allauth's forms of passwords, codes and keys, in our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, ReauthenticateForm, ResetPasswordKeyForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms

RULES = "At least 12 characters, and none of the common ones."
LABELS = {
    "oldpassword": "Password now",
    "password1": "New password",
    "password2": "New password, once more",
    "password": "Password",
    "code": "Code",
    "name": "Name of the key",
}


class OurWords(forms.BaseForm):
    """Gives the fields our labels, and takes out what repeats them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = RULES if name == "password1" else ""
            field.widget.attrs.pop("placeholder", None)


class ChangeForm(OurWords, ChangePasswordForm):
    pass


class NewPasswordForm(OurWords, ResetPasswordKeyForm):
    pass


class OnceMoreForm(OurWords, ReauthenticateForm):
    pass


class CodeForm(OurWords, AuthenticateForm):
    pass


class AppForm(OurWords, ActivateTOTPForm):
    pass


class KeyForm(OurWords, AddWebAuthnForm):
    pass


class RenameForm(OurWords, EditWebAuthnForm):
    pass

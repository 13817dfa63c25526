"""What Midwatch tells allauth: nobody signs up by themselves, second steps are sealed, a company session is short."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse

from apps.common.fields import Sealed
from apps.teams.models import User

# For so long somebody whom the company shut out may go on at most.
COMPANY_SESSION = timedelta(hours=12)
BY_COMPANY = "midwatch_by_company"  # in the session of whoever came in by a provider


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The mail address or the password is not right.",
        "enter_current_password": "This is not the password that you have now.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
        "rate_limited": "These were too many requests. Wait a minute, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(
        self, request: HttpRequest, user: User, *, signal_kwargs: dict[str, Any] | None, **kwargs: Any
    ) -> HttpResponse:
        if signal_kwargs and "sociallogin" in signal_kwargs:
            request.session[BY_COMPANY] = signal_kwargs["sociallogin"].account.provider
            request.session.set_expiry(COMPANY_SESSION)
        response: HttpResponse = super().post_login(request, user, signal_kwargs=signal_kwargs, **kwargs)
        return response


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second steps as all other secrets are kept."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This was not accepted. Codes of an app change every 30 seconds; a recovery code works once.",
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 (the parent's name)
        """Key 1, Key 2 and so on."""
        return f"Key {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def encrypt(self, text: str) -> str:
        return Sealed.of({"secret": text}).token

    def decrypt(self, encrypted_text: str) -> str:
        return Sealed(encrypted_text).open()["secret"]

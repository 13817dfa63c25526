"""Which second steps a person who is signing in has set up."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django import template
from django.http import HttpRequest

register = template.Library()


@register.simple_tag
def second_steps(request: HttpRequest) -> dict[str, bool]:
    """Whether to ask for a key, and whether for a code of an app."""
    user = request._login_stage.login.user  # type: ignore[attr-defined]  # where allauth keeps who is on the way in
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {"key": Authenticator.Type.WEBAUTHN in types, "app": Authenticator.Type.TOTP in types}

"""Some roles must have a second step; whoever lacks it is led to set one up before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.teams.models import Member, User

# Where a person without the second step may go: to set it up, and out again.
OPEN = ("/account/", "/login/", "/logout/", "/static/", "/invitation/", "/healthz", "/readyz", "/metrics")
FIRST = "Your role needs a second step at sign-in. Set up an authenticator app or a security key to go on."
STEPS = ("totp", "webauthn")


class SecondStepMiddleware:
    """Whoever came in by the company login is exempt: what that asks for is the company's matter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MIDWATCH_MFA_ROLES and not request.path.startswith(OPEN) and _lacks(request):
            messages.warning(request, FIRST)
            return redirect("mfa_index")
        return self.get_response(request)


def _lacks(request: HttpRequest) -> bool:
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 (needed by few installations)

    from apps.teams.signin.adapter import BY_COMPANY  # noqa: PLC0415 (loads allauth)

    user = request.user
    if not isinstance(user, User) or BY_COMPANY in request.session:
        return False
    must = user.is_superuser or Member.objects.filter(user=user, role__in=settings.MIDWATCH_MFA_ROLES).exists()
    return must and not Authenticator.objects.filter(user=user, type__in=STEPS).exists()

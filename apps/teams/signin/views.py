"""The pages of coming in that allauth does not have: the link of an invitation, and the link of break_glass."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import requests
from allauth.account.utils import perform_login
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.teams.models import Invitation, SignInProvider, User
from apps.teams.signin import glass as glasses
from apps.teams.signin import invitations, providers
from apps.teams.signin.forms import NewPersonForm

log = logging.getLogger("midwatch.signin")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
View = Callable[..., HttpResponse]


def only_with_passwords(view: View) -> View:
    """Leads to the sign-in page while the company login is the only way in."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if providers.sso_only():
            messages.warning(request, "There are no passwords here: everybody signs in with the company login.")
            return redirect("account_login")
        return view(request, *args, **kwargs)

    return wrapped


def no_password(request: HttpRequest) -> HttpResponse:
    """Where the page for a new password leads whoever has none to change."""
    messages.info(request, "You have no password here: you sign in with the company login.")
    return redirect("admin:index")


def while_reachable(view: View) -> View:
    """Says so when a provider does not answer, or with something else than its description."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (requests.RequestException, KeyError) as error:
            log.warning("A sign-in failed, since its provider cannot be used: %r", error)
            return TemplateResponse(request, "socialaccount/authentication_error.html", status=502)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error

    return wrapped


@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, key: str) -> HttpResponse:
    """Where the link of an invitation leads. Who holds the link has shown that the mail address is theirs."""
    found = invitations.waiting(key=key, now=utc_now())
    if found is None:
        return entrance(request, "teams/invitation_over.html", {}, title="This invitation is not valid", status=410)
    if isinstance(request.user, User):
        return _known(request, found)
    if User.objects.filter(email__iexact=found.email).exists() or providers.sso_only():
        messages.info(request, f"Sign in as {found.email} to join the team {found.team}.")
        return redirect_to_login(request.path)
    return _newcomer(request, found)


def _known(request: HttpRequest, found: Invitation) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        try:
            invitations.accept(invitation=found, user=request.user, now=utc_now())  # type: ignore[arg-type]
            _welcome(request, request.user)
        except InvalidInput as error:
            problem = str(error)
        else:
            messages.success(request, f"Welcome to the team {found.team}.")
            return redirect("admin:index")
    mine = request.user.email.lower() == found.email  # type: ignore[union-attr]
    context = {"invitation": found, "mine": mine, "problem": problem, "weekly": invitations.offers_weekly(found)}
    return entrance(request, "teams/invitation.html", context, title=f"Join the team {found.team}")


def _newcomer(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = NewPersonForm(request.POST or None, instance=User(email=found.email))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = User.objects.create_user(
                found.email,
                form.cleaned_data["password"],
                name=form.cleaned_data["name"],
                timezone=form.cleaned_data["timezone"],
            )
            invitations.accept(invitation=found, user=user, now=utc_now())
            _welcome(request, user)
        answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url="/")
        return answer
    context = {"invitation": found, "form": form, "mine": True, "weekly": invitations.offers_weekly(found)}
    return entrance(request, "teams/invitation.html", context, title=f"Join the team {found.team}")


def _welcome(request: HttpRequest, user: Any) -> None:
    """Give the newcomer the weekly digest, where the page offered it and it stayed ticked."""
    if request.POST.get("weekly") == "yes":
        give_weekly: Callable[..., None] = import_string(settings.MIDWATCH_WEEKLY_DIGEST)
        give_weekly(user=user, now=utc_now())


@never_cache
def glass(request: HttpRequest, token: str) -> HttpResponse:
    """The link of break_glass. It asks for a click, since mail scanners and previews open links too."""
    user = glasses.read(token)
    if user is None:
        return entrance(request, "teams/glass_over.html", {}, title="This link is used up", status=410)
    if request.method == "POST" and glasses.use(user, utc_now()):
        login(request, user, backend=BACKEND)
        return redirect("admin:index")
    return entrance(request, "teams/glass.html", {"person": user}, title="Sign in by break-glass link")


def entrance(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    """A page for somebody who is not in yet."""
    whole = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, whole, status=status)


def denied(request: HttpRequest, provider: SignInProvider, reason: str) -> HttpResponse:
    """For somebody whom the provider knows and Midwatch does not let in."""
    context = {"provider": provider, "reason": reason}
    answer = entrance(request, "teams/denied.html", context, title="You are not let in", status=403)
    return answer.render() if isinstance(answer, TemplateResponse) else answer

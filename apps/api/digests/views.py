"""The page of a person's own notifications. Everybody has exactly one: their own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.alerts.services import period_until, save_wishes, schedule_of, send_digest, wishes_of
from apps.api.digests.content import digest_facts
from apps.api.digests.forms import WishesForm
from apps.common.clock import utc_now
from apps.common.driverform import show_problem
from apps.common.errors import InvalidInput
from apps.summaries.services import Message, write_message
from apps.teams.adminsite import page
from apps.teams.models import User

NOTHING = "You are in no team, so a digest would have nothing to tell. Ask an administrator to add you to a team."


@require_http_methods(["GET", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """When the person is told of what, and the digest as it would be now."""
    user, now = _person(request), utc_now()
    form = WishesForm(request.POST or None, initial=asdict(wishes_of(user)))
    if request.method == "POST" and form.is_valid():
        try:
            save_wishes(user=user, wishes=form.wishes(), now=now)
        except InvalidInput as problem:
            show_problem(problem, form)
        else:
            messages.success(request, "Saved.")
            return redirect("admin:notifications")
    schedule = schedule_of(user, wishes_of(user))
    context = {"form": form, "person": user, "digest": _preview(user, now), "nothing": NOTHING,
               "next_at": schedule.after(now) if schedule else None}  # fmt: skip
    return page(request, "midwatch/notifications.html", context, title="My notifications")


@require_POST
def send_mine(request: HttpRequest) -> HttpResponse:
    """Send the person a digest now."""
    user = _person(request)
    if send_digest(user=user, facts_of=digest_facts, now=utc_now()):
        where = f"on its way to {user.email}" if settings.EMAIL_CONFIGURED else "on its way to the outbox"
        messages.success(request, f"Your digest is {where}.")
    else:
        messages.error(request, NOTHING)
    return redirect("admin:notifications")


def _person(request: HttpRequest) -> User:
    """Who is signed in; the admin site has seen to it that somebody is."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _preview(user: User, now: datetime) -> Message | None:
    facts = digest_facts(user, period_until(user, now))
    if facts is None:
        return None
    return write_message(kind="digest", facts=facts, severity="low", link="", repeated=False)

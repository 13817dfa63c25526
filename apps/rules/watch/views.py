"""The overview, and each of its parts by itself: one that fails leaves the others alone."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from apps.common.clock import utc_now
from apps.rules.firstrun.card import card_for
from apps.rules.overview import Question
from apps.rules.watch.registry import WIDGETS, Seat, Widget
from apps.teams.adminsite import page
from apps.teams.models import User
from apps.teams.permissions import Act

logger = logging.getLogger("midwatch.watch")


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The front page. The admin site has seen to it that somebody is signed in."""
    seat = _seat(request)
    parts = [(widget, _early(request, widget, seat)) for widget in WIDGETS.values() if widget.appears(seat)]
    context = {
        "parts": parts,
        "card": card_for(seat.user, seat.grant, seat.now),
        "question": Question.of(seat.asked),
        "teams": seat.teams,
        "connected": bool(seat.engines),
        "may_configure": seat.grant.allows_anywhere(Act.CONFIGURE),
    }
    return page(request, "rules/watch/overview.html", context, title="The watch")


@require_GET
def watch(request: HttpRequest) -> HttpResponse:
    """The list of rules, which refreshes itself."""
    return _led_away(request) or HttpResponse(render_part(request, WIDGETS["rules"], _seat(request)))


@require_GET
def part(request: HttpRequest, key: str) -> HttpResponse:
    """One part of the overview: alone for the page that fetches it, on a page of its own for whoever opens it."""
    if away := _led_away(request):
        return away
    seat, widget = _seat(request), WIDGETS.get(key)
    if widget is None or not widget.appears(seat):
        raise Http404
    shown = render_part(request, widget, seat)
    if "HX-Request" in request.headers:
        return HttpResponse(shown)
    return page(request, "rules/watch/part.html", {"part": shown}, title=widget.title)


def render_part(request: HttpRequest, widget: Widget, seat: Seat) -> SafeString:
    """The part as HTML. When it cannot be made, a sentence and a link to try again stand in its place, and the log has
    the reason."""
    try:
        return render_to_string(widget.template, {**widget.read(seat), "widget": widget}, request)
    except Exception:
        logger.exception("The part %r of the overview could not be shown", widget.key)
        return render_to_string("rules/watch/_failed.html", {"widget": widget, "query": request.GET.urlencode()})


def _early(request: HttpRequest, widget: Widget, seat: Seat) -> SafeString | None:
    return render_part(request, widget, seat) if widget.early else None


def _led_away(request: HttpRequest) -> HttpResponse | None:
    """Whoever is signed out meanwhile is led to the sign-in page."""
    if request.user.is_authenticated:
        return None
    return HttpResponse(headers={"HX-Redirect": reverse("admin:login")})


def _seat(request: HttpRequest) -> Seat:
    user: Any = request.user
    if not isinstance(user, User):
        raise Http404
    return Seat(user, request.GET.dict(), utc_now())

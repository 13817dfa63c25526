"""Shows times in the signed-in person's own zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.teams.models import User


class PersonTimeZoneMiddleware:
    """Activates the person's time zone for the length of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        zone = zoneinfo.ZoneInfo(user.timezone) if isinstance(user, User) else zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)

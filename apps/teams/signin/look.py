"""What the theme's templates want to know, for the pages of allauth, which knows nothing of an admin site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


def look(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what every page of the admin is given, on the pages of allauth alone."""
    match = getattr(request, "resolver_match", None)
    if match is None or not str(match.func.__module__).startswith(("allauth.", "apps.teams.signin")):
        return {}
    return admin.site.each_context(request)

"""What is on every page: whether Midwatch itself works."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.api.standing import banner
from apps.common.clock import utc_now


@require_GET
def standing(request: HttpRequest) -> HttpResponse:
    """The banner, which refreshes itself. Whoever is signed out meanwhile is led to the sign-in page."""
    if not request.user.is_authenticated:
        return HttpResponse(headers={"HX-Redirect": reverse("admin:login")})
    return render(request, "midwatch/_standing.html", {"standing": banner(utc_now())})

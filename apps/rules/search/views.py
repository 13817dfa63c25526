"""The page of the search, and the list that appears under the box in every page's head."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.rules.search.finding import find_all
from apps.rules.search.pages import find_pages
from apps.teams.adminsite import page
from apps.teams.permissions import grant_of


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What is found for `?q=`: a list alone for the box (`?box=1`), else a page."""
    asked = request.GET.get("q", "").strip()[:200]
    grant = grant_of(request.user)
    pages = find_pages(request, grant, asked)
    groups = [*([pages] if pages.hits else []), *find_all(grant, asked)]
    context = {"asked": asked, "groups": groups}
    if "box" in request.GET:
        return render(request, "rules/search/_results.html", context)
    return page(request, "rules/search/page.html", context, title="Search")

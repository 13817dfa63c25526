"""What whoever has the link sees, without signing in: the page, the same as JSON, and badges.

No session is opened and no cookie set; a link that was revoked is as one that never was.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.common.clock import utc_now
from apps.status import badges, crowd, links
from apps.status.models import StatusPage
from apps.status.services import board_values, show
from apps.status.view import Shown

HTML, JSON, SVG = "text/html; charset=utf-8", "application/json", "image/svg+xml; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
NOTHING = "There is no status page at this address. The link may have been revoked: ask whoever gave it to you.\n"


@gzip_page
@require_safe
def page(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The page itself."""

    def make(shown: Shown) -> str:
        context = {
            "shown": shown,
            "board": shown.board,
            "static": settings.STATIC_URL,
            "json": f"{request.path}status.json",
        }
        return render_to_string("status/public.html", context)

    response = _answer(request, slug, key, "page", make, HTML)
    response.headers["Content-Security-Policy"] = POLICY
    return response


@gzip_page
@require_safe
def as_json(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The same for programs; scripts of other pages may read it."""
    response = _answer(request, slug, key, "json", lambda shown: json.dumps(board_values(shown)), JSON)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def badge(request: HttpRequest, slug: str, key: str, product_id: int | None = None) -> HttpResponse:
    """The badge of the page or of a product: its state, or with `?show=sla` its SLA."""
    what = "sla" if request.GET.get("show") == "sla" else "state"
    name = f"badge-{product_id or 0}-{what}"
    return _answer(request, slug, key, name, lambda shown: badge_of(shown, product_id, what), SVG)


def badge_of(shown: Shown, product_id: int | None, what: str) -> str:
    """The SVG. Raises Http404 where the page has no such product."""
    if product_id is None:
        return badges.svg_of(badges.page_sla_badge(shown) if what == "sla" else badges.state_badge(shown))
    line = next((line for line in shown.products if line.product.asked.pk == product_id), None)
    if line is None:
        raise Http404
    return badges.svg_of(badges.sla_badge(line) if what == "sla" else badges.product_badge(line))


def badge_addresses(page: StatusPage, base: str) -> list[dict[str, Any]]:
    """The badges of a page below its public address: what each shows, and the code that shows it elsewhere."""
    found = [(page.name, f"{base}badge.svg")]
    found += [(product.name, f"{base}{product.pk}/badge.svg") for product in page.products.all()]
    return [
        {"name": name, "what": what, "address": f"{address}{query}", "link": base}
        for name, address in found
        for what, query in (("state", ""), ("SLA", "?show=sla"))
    ]


def _answer(
    request: HttpRequest, slug: str, key: str, name: str, make: Callable[[Shown], str], content_type: str
) -> HttpResponse:
    found = links.page_of_link(slug, key)
    if found is None:
        # Only who guesses is counted by address: behind a proxy all readers may have the same.
        if crowd.too_many(f"guess-{request.META.get('REMOTE_ADDR', '')}", crowd.PER_GUESSER):
            return crowd.refused(request)
        return _nothing()
    if crowd.too_many(f"link-{found.pk}", crowd.PER_LINK):
        return crowd.refused(request)
    kept_as = f"status-{found.link_digest}-{name}"
    try:
        body = crowd.kept(kept_as, lambda: make(show(page=found, now=utc_now())))
    except Http404:
        return _nothing()
    return crowd.answer(request, body, content_type)


def _nothing() -> HttpResponse:
    headers = {**crowd.HEADERS, "Cache-Control": "no-store"}
    return HttpResponse(NOTHING, status=404, content_type="text/plain; charset=utf-8", headers=headers)

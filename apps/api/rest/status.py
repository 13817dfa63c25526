"""Status pages over REST: what they show, as their readers see it."""

from __future__ import annotations

from typing import Any

from ninja import Router

from apps.api.rest.callers import CallerRequest, reach, visible
from apps.common.clock import utc_now
from apps.status.models import StatusPage
from apps.status.services import board_values, show

router = Router()


@router.get("")
def list_pages(request: CallerRequest, team: str | None = None) -> list[dict[str, Any]]:
    """The pages that the caller may see."""
    rows = visible(StatusPage.objects.select_related("team"), request.auth)
    return [_page(row) for row in (rows if team is None else rows.filter(team__name=team))]


@router.get("/{int:pk}")
def get_page(request: CallerRequest, pk: int) -> dict[str, Any]:
    """One page: its sentence, products with SLA and days, incidents with what was said, planned maintenance."""
    row = reach(StatusPage.objects.select_related("team"), request.auth, pk)
    return _page(row) | board_values(show(page=row, now=utc_now()))


def _page(row: StatusPage) -> dict[str, Any]:
    return {
        "id": row.pk,
        "team": row.team.name,
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "timezone": row.timezone,
        "has_public_link": row.link_digest is not None,
    }

"""Search over REST: what the box in every page's head finds, but for pages."""

from __future__ import annotations

from typing import Any

from ninja import Router

from apps.api.rest.callers import CallerRequest
from apps.rules.services import find_all

router = Router()


@router.get("")
def search(request: CallerRequest, q: str = "") -> dict[str, Any]:
    """What the caller may see and holds every word of `q`, by groups; a few of each. Without words, nothing."""
    return {
        "groups": [
            {
                "key": group.key,
                "title": group.title,
                "more": group.more,
                "found": [{"title": hit.title, "detail": hit.detail, "address": hit.address} for hit in group.hits],
            }
            for group in find_all(request.auth.grant, q)
        ]
    }

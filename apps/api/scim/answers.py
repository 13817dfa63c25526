"""Answers in SCIM's media type, and pages of lists (RFC 7644, section 3.4.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from apps.api.scim.discovery import MOST
from apps.api.scim.refusals import Refusal

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ALWAYS = frozenset({"schemas", "id", "meta"})
USUAL = 100
FURTHEST = 2**31  # no list is so long, and databases count no further than to a few such
Values = dict[str, Any]


def answer(body: Values, *, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(body), content_type="application/scim+json", status=status)


def listed(entries: Sequence[Values], *, total: int, first: int) -> Values:
    """One page of a list; `first` is the number of its first entry, from 1."""
    page = {"totalResults": total, "startIndex": first, "itemsPerPage": len(entries), "Resources": list(entries)}
    return {"schemas": [LIST], **page}


def page_asked(query: Mapping[str, str]) -> tuple[int, int]:
    """From which entry, counted from 1, and how many. Raises Refusal for what is no number."""
    try:
        first, count = int(query.get("startIndex") or 1), int(query.get("count") or USUAL)
        if query.get("count") == "0":
            count = 0
    except ValueError as error:
        raise Refusal(400, "startIndex and count are whole numbers.", kind="invalidValue") from error
    return min(max(first, 1), FURTHEST), min(max(count, 0), MOST)


def trimmed(values: Values, query: Mapping[str, str]) -> Values:
    """Only the attributes that were asked for."""
    wanted, unwanted = _names(query.get("attributes", "")), _names(query.get("excludedAttributes", ""))
    return {
        name: value
        for name, value in values.items()
        if name in ALWAYS or ((not wanted or name.lower() in wanted) and name.lower() not in unwanted)
    }


def _names(text: str) -> frozenset[str]:
    return frozenset(
        name.strip().rpartition(":")[2].partition(".")[0].lower() for name in text.split(",") if name.strip()
    )

"""Long lists in pages that stay put: a page continues after the last id of the one before, whatever was added since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

M = TypeVar("M", bound=Model)


class Page(Schema):
    """Which part of a list."""

    after: int | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


Paged = Annotated[Page, Query()]


def paged(
    request: HttpRequest,
    rows: QuerySet[M],
    page: Page,
    show: Callable[[list[M]], list[dict[str, Any]]],
    *,
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page: its items, how many there are in all, and the address of the next page (null at the end)."""
    count = rows.count()
    if page.after is not None:
        rows = rows.filter(**{"pk__lt" if newest_first else "pk__gt": page.after})
    found = list(rows.order_by("-pk" if newest_first else "pk")[: page.limit + 1])
    kept = found[: page.limit]
    following = None
    if len(found) > page.limit:
        query = request.GET.copy()
        query["after"] = str(kept[-1].pk)
        following = f"{request.path}?{query.urlencode()}"
    return {"items": show(kept), "count": count, "next": following}

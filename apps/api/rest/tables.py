"""The catalogue over REST: the tables of every connection that the caller may see, their columns, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from ninja import Router

from apps.api.rest.callers import CallerRequest, NotFound
from apps.api.rest.paging import Paged, paged
from apps.api.tablevalues import table_values
from apps.connections.models import Table
from apps.connections.services import column_history, columns_by_table, search_tables
from apps.teams.permissions import allowed

router = Router()
HISTORY = 50  # latest changes of a table that are told


@router.get("")
def list_tables(
    request: CallerRequest, page: Paged, search: str = "", connection: str | None = None, gone: bool = False
) -> dict[str, Any]:
    """Tables and views, searched by name, comment and column; those that are gone only when they are asked for."""
    rows = _visible(request).filter(gone_at__isnull=not gone)
    if connection is not None:
        rows = rows.filter(connection__name=connection)
    return paged(request, search_tables(rows, search), page, _shown)


@router.get("/{int:pk}")
def get_table(request: CallerRequest, pk: int) -> dict[str, Any]:
    """A table with its columns, and how they changed, the newest first."""
    table = _visible(request).filter(pk=pk).first()
    if table is None:
        raise NotFound(f"There is no table {pk}.")
    columns = columns_by_table([pk]).get(pk, ())
    changes = column_history(table, limit=HISTORY)
    return {
        **table_values(table),
        "columns": [column._asdict() for column in columns],
        "changes": [{"at": at, "sentences": sentences} for at, sentences in changes],
    }


def _visible(request: CallerRequest) -> QuerySet[Table]:
    rows = Table.objects.select_related("connection__team")
    return allowed(rows, request.auth.grant, team="connection__team")


def _shown(tables: Sequence[Table]) -> list[dict[str, Any]]:
    return [table_values(table) for table in tables]

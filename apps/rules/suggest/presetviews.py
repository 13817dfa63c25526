"""The page "Start from a preset": the rules of a sort of firm, on the tables that fit, made with one click."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.alerts.models import Channel
from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules import services
from apps.rules.suggest.presets import presets
from apps.rules.suggest.sealed import seal
from apps.rules.suggest.showing import offer
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act


@require_GET
def start(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Choose a preset; with `preset`, see its rules on the tables that fit. `table-N` names another table for rule N,
    and nothing leaves the rule out."""
    connection = seen(request, Connection.objects.select_related("team"), connection_id)
    require(request, Act.CONFIGURE, connection.team_id)
    key = request.GET.get("preset", "")
    if key and key not in presets():
        raise Http404
    context: dict[str, Any] = {"connection": connection, "presets": presets().values(), "chosen": key}
    if key:
        context |= _fitted(request, connection, key)
    return page(request, "rules/presets.html", context, title=f"Start from a preset: {connection}")


def _fitted(request: HttpRequest, connection: Connection, key: str) -> dict[str, Any]:
    found = services.suggest_tables(connection=connection, now=utc_now())
    preset = presets()[key]
    named = {place: request.GET.get(f"table-{place}") for place in range(len(preset.rules))}
    tables = {place: name.strip() for place, name in named.items() if name is not None}
    lines = services.start_from(preset=preset, found=found, tables=tables)
    drafts = [line.draft for line in lines if line.draft]
    shown, at = [], 0
    for place, line in enumerate(lines):
        offered = offer(at, line.draft, "") if line.draft else None
        at += line.draft is not None
        shown.append((place, line, offered))
    return {
        "preset": preset,
        "lines": shown,
        "count": len(drafts),
        "sealed": seal(connection, drafts),
        "names": [str(each.table.name) for each in found.ranked],
        "awaited": found.awaited,
        "channels": Channel.objects.filter(team=connection.team_id).order_by("name"),
    }

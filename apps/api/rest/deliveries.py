"""Deliveries over REST: what became of each message, and sending again what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ninja import Router

from apps.alerts.models import Delivery
from apps.alerts.services import replay
from apps.api.rest.callers import CallerRequest, reach, visible
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.teams.permissions import Act

router = Router()
DELIVERIES = Delivery.objects.select_related("channel__team", "fallback_of__channel")
TEAM = "channel__team"
StatusName = Literal["queued", "held", "sending", "sent", "superseded", "dead"]


@router.get("")
def list_deliveries(
    request: CallerRequest, page: Paged, status: StatusName | None = None, team: str | None = None
) -> dict[str, Any]:
    """Deliveries, newest first."""
    wanted = {"status": status, "channel__team__name": team}
    rows = visible(DELIVERIES, request.auth, team=TEAM)
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    return paged(request, rows, page, _shown, newest_first=True)


@router.get("/{int:pk}")
def get_delivery(request: CallerRequest, pk: int) -> dict[str, Any]:
    """One delivery."""
    return _delivery(reach(DELIVERIES, request.auth, pk, team=TEAM))


@router.post("/{int:pk}/replay")
def replay_delivery(request: CallerRequest, pk: int) -> dict[str, Any]:
    """Send a message again that was given up."""
    delivery = reach(DELIVERIES, request.auth, pk, Act.OPERATE, team=TEAM)
    caller = request.auth
    replay(delivery=delivery, user=caller.user, by=f"The API token {caller.token}", now=utc_now())
    return _delivery(reach(DELIVERIES, caller, pk, team=TEAM))


def _shown(deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    return [_delivery(delivery) for delivery in deliveries]


def _delivery(delivery: Delivery) -> dict[str, Any]:
    missed = delivery.fallback_of
    return {
        "id": delivery.pk,
        "team": delivery.channel.team.name,
        "channel": delivery.channel.name,
        "incident": delivery.incident_id,
        "kind": delivery.kind,
        "status": delivery.status,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "sent_at": delivery.sent_at,
        "attempts": delivery.attempts,
        "unconfirmed": delivery.unconfirmed,
        "held_because": delivery.held_because,
        "error": delivery.error,
        "fallback_of": missed.pk if missed else None,
    }

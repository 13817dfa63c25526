"""Every address of the pages, made for one world."""

from __future__ import annotations

from tests.pages.conftest import World

LISTS = (
    "/", "/watch/", "/first-steps/", "/wall/", "/wall/board/", "/search/?q=orders", "/search/?q=orders&box=1",
    "/standing/", "/notifications/", "/outbox/", "/rules/rule/", "/account/second-step/",
    "/account/sessions/",
    "/rules/rule/?q=orders&kind=freshness", "/connections/connection/",
    "/alerts/channel/", "/alerts/delivery/", "/alerts/incident/", "/tables/", "/tables/?q=orders&kind=table",
    "/alerts/route/", "/alerts/silence/", "/costs/", "/noise/", "/noise/?month=2026-10", "/figures/",
    "/my-tokens/", "/roles/", "/figures/?month=2026-11", "/changes/", "/changes/?days=30",
    "/alerts/incident/?shown=all&condition=snoozed&outcome=none&q=orders",
)  # fmt: skip
INCIDENT_ACTS = (
    "note", "acknowledge", "assign", "snooze", "unsnooze", "severity", "merge", "split", "learned", "outcome", "close",
    "fixed",
)  # fmt: skip
ADD_PAGES = (
    "/rules/rule/add/", "/rules/rule/add/?kind=freshness", "/rules/rule/add/?kind=volume",
    "/rules/rule/add/?kind=schema", "/connections/connection/add/", "/connections/connection/add/?engine=duckdb",
    "/connections/connection/add/?engine=postgres", "/alerts/channel/add/", "/alerts/channel/add/?type=email",
    "/alerts/channel/add/?type=slack", "/alerts/channel/add/?type=pagerduty", "/alerts/channel/add/?type=webhook",
    "/alerts/route/add/", "/alerts/escalation/add/", "/alerts/rotation/add/", "/alerts/silence/add/",
)  # fmt: skip


def objects(world: World) -> list[str]:
    """Pages of single objects that every member may read."""
    return [
        f"/rules/rule/{world.rule.pk}/",
        f"/rules/rule/{world.rule.pk}/checks/",
        f"/rules/rule/{world.rule.pk}/checks/?verdict=breached&from=2026-11-21",
        f"/rules/rule/{world.rule.pk}/history/",
        f"/connections/connection/{world.connection.pk}/change/",
        f"/connections/connection/{world.connection.pk}/history/",
        f"/connections/connection/{world.connection.pk}/catalogue/",
        f"/costs/{world.connection.pk}/",
        f"/tables/{world.table.pk}/",
        f"/tables/{world.table.pk}/calendar/",
        f"/alerts/channel/{world.channel.pk}/change/",
        f"/alerts/channel/{world.channel.pk}/history/",
        f"/alerts/channel/delivery/{world.delivery.pk}/",
        f"/alerts/delivery/{world.delivery.pk}/change/",
        f"/alerts/incident/{world.incident.pk}/",
        f"/alerts/incident/{world.incident.pk}/?timeline=all",
        f"/alerts/incident/{world.incident.pk}/evidence/",
        f"/rules/rule/{world.rule.pk}/proposed/",
        f"/rules/rule/of/{world.connection.pk}/",
        f"/rules/rule/{world.rule.pk}/told/",
        f"/wall/{world.team.pk}/",
        f"/wall/{world.team.pk}/board/",
        f"/first-steps/?team={world.team.pk}",
        f"/alerts/route/?team={world.team.pk}",
        f"/alerts/route/told/?team={world.team.pk}&table=main.orders",
        f"/alerts/route/{world.route.pk}/history/",
        f"/alerts/escalation/{world.escalation.pk}/history/",
        f"/alerts/rotation/{world.rotation.pk}/history/",
    ]


def files(world: World) -> list[str]:
    """Files of single objects that every member may read."""
    return [f"/rules/rule/{world.rule.pk}/checks.csv"]


def configuring(world: World) -> list[str]:
    """Pages of single objects that need the role of a manager."""
    return [
        f"/generated/incident/{world.incident.pk}/",
        f"/rules/rule/{world.rule.pk}/change/",
        f"/rules/rule/{world.rule.pk}/delete/",
        f"/rules/rule/tables/?connection={world.connection.pk}",
        f"/rules/rule/columns/?connection={world.connection.pk}&table=main.orders",
        f"/connections/connection/{world.connection.pk}/delete/",
        f"/connections/connection/{world.connection.pk}/suggestions/",
        f"/connections/connection/{world.connection.pk}/suggestions/presets/",
        f"/connections/connection/{world.connection.pk}/suggestions/presets/?preset=shop",
        f"/alerts/channel/{world.channel.pk}/delete/",
        *routing_forms(world),
        f"/alerts/route/add/?team={world.team.pk}",
        f"/alerts/escalation/add/?team={world.team.pk}",
        f"/alerts/rotation/add/?team={world.team.pk}",
    ]


def routing_forms(world: World) -> list[str]:
    rows = {"route": world.route.pk, "escalation": world.escalation.pk, "rotation": world.rotation.pk}
    return [f"/alerts/{name}/{pk}/{act}/" for name, pk in rows.items() for act in ("change", "delete")]


def operate_posts(world: World) -> list[str]:
    return [
        f"/changes/{world.team.pk}/ask/",
        f"/rules/rule/{world.rule.pk}/check/",
        f"/rules/rule/{world.rule.pk}/feedback/",
        f"/connections/connection/{world.connection.pk}/look/",
        f"/alerts/channel/{world.channel.pk}/test/",
        f"/alerts/delivery/{world.delivery.pk}/replay/",
        *(f"/alerts/incident/{world.incident.pk}/{act}/" for act in INCIDENT_ACTS),
    ]


def configure_posts(world: World) -> list[str]:
    return [
        f"/rules/rule/{world.rule.pk}/pause/",
        f"/rules/rule/{world.rule.pk}/learned/",
        f"/rules/rule/{world.rule.pk}/proposal/",
        f"/rules/rule/{world.rule.pk}/change/",
        f"/rules/rule/{world.rule.pk}/delete/",
        f"/connections/connection/{world.connection.pk}/change/",
        f"/connections/connection/{world.connection.pk}/delete/",
        f"/connections/connection/{world.connection.pk}/suggestions/",
        f"/connections/connection/{world.connection.pk}/suggestions/look/",
        f"/connections/connection/{world.connection.pk}/suggestions/make/",
        f"/connections/connection/test/?connection={world.connection.pk}",
        f"/connections/connection/script/?connection={world.connection.pk}",
        f"/alerts/channel/{world.channel.pk}/change/",
        f"/alerts/channel/{world.channel.pk}/delete/",
        *routing_forms(world),
        f"/alerts/route/{world.route.pk}/move/",
        f"/alerts/route/add/?team={world.team.pk}",
    ]

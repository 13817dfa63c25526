"""The pages that are measured. A page is a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.seeding import Seeded


class Page(NamedTuple):
    """A page and its address. `part`: it is fetched by htmx as a part of another page."""

    name: str
    address: Callable[[Seeded], str]
    part: bool = False


PAGES = (
    Page("overview", lambda seeded: "/"),
    Page("overview, broken now", lambda seeded: "/watch/now/", part=True),
    Page("overview, since my last visit", lambda seeded: "/watch/night/", part=True),
    Page("overview, every rule", lambda seeded: "/watch/", part=True),
    Page("overview, tables by day (14)", lambda seeded: "/watch/days/", part=True),
    Page("overview, tables by day (30)", lambda seeded: "/watch/days/?days=30", part=True),
    Page("overview, the watch itself", lambda seeded: "/watch/proof/", part=True),
    Page("overview, connections", lambda seeded: "/watch/stores/", part=True),
    Page("wall", lambda seeded: "/wall/"),
    Page("wall of a team", lambda seeded: f"/wall/{seeded.team.pk}/board/", part=True),
    Page("first steps", lambda seeded: "/first-steps/"),
    Page("search, one word", lambda seeded: "/search/?q=orders"),
    Page("search, in the box", lambda seeded: "/search/?box=1&q=orders+7", part=True),
    Page("search, nothing found", lambda seeded: "/search/?box=1&q=nowhere", part=True),
    Page("incidents", lambda seeded: "/alerts/incident/"),
    Page("incidents, all", lambda seeded: "/alerts/incident/?shown=all"),
    Page("incident", lambda seeded: f"/alerts/incident/{seeded.incident.pk}/"),
    Page("incident, its evidence", lambda seeded: f"/alerts/incident/{seeded.incident.pk}/evidence/", part=True),
    Page("rules", lambda seeded: "/rules/rule/"),
    Page("rule", lambda seeded: f"/rules/rule/{seeded.rule.pk}/"),
    Page("rule, a better one", lambda seeded: f"/rules/rule/{seeded.rule.pk}/proposed/", part=True),
    Page("rule, who would be told", lambda seeded: f"/rules/rule/{seeded.rule.pk}/told/", part=True),
    Page("rule, its history", lambda seeded: f"/rules/rule/{seeded.rule.pk}/history/"),
    Page("checks of a rule", lambda seeded: f"/rules/rule/{seeded.rule.pk}/checks/"),
    Page("rule form", lambda seeded: f"/rules/rule/{seeded.rule.pk}/change/"),
    Page("tables", lambda seeded: "/tables/"),
    Page("table", lambda seeded: f"/tables/{seeded.table.pk}/"),
    Page("table, its days", lambda seeded: f"/tables/{seeded.table.pk}/calendar/", part=True),
    Page("connections", lambda seeded: "/connections/connection/"),
    Page("connection", lambda seeded: f"/connections/connection/{seeded.connection.pk}/change/"),
    Page("connection, its standing", lambda seeded: f"/rules/rule/of/{seeded.connection.pk}/", part=True),
    Page("connection, its catalogue", lambda seeded: f"/connections/connection/{seeded.connection.pk}/catalogue/"),
    Page("which tables to watch", lambda seeded: f"/connections/connection/{seeded.connection.pk}/suggestions/"),
    Page("costs", lambda seeded: "/costs/"),
    Page("costs of a connection", lambda seeded: f"/costs/{seeded.connection.pk}/"),
    Page("noise", lambda seeded: "/noise/"),
    Page("how we did", lambda seeded: "/figures/"),
    Page("status pages", lambda seeded: "/status/statuspage/"),
    Page("status page", lambda seeded: f"/status/statuspage/{seeded.board.pk}/"),
    Page("status page, its form", lambda seeded: f"/status/statuspage/{seeded.board.pk}/change/"),
    Page("status page, public", lambda seeded: seeded.public),
    Page("status page, public, as JSON", lambda seeded: f"{seeded.public}status.json"),
    Page("channels", lambda seeded: "/alerts/channel/"),
    Page("routing", lambda seeded: "/alerts/route/"),
    Page("silences", lambda seeded: "/alerts/silence/"),
    Page("deliveries", lambda seeded: "/alerts/delivery/"),
    Page("outbox", lambda seeded: "/outbox/"),
    Page("my notifications", lambda seeded: "/notifications/"),
    Page("my tokens", lambda seeded: "/my-tokens/"),
    Page("audit", lambda seeded: "/audit/"),
    Page("what changed", lambda seeded: "/changes/?days=30"),
    Page("generated texts", lambda seeded: "/generated/"),
    Page("generated texts of an incident", lambda seeded: f"/generated/incident/{seeded.incident.pk}/"),
    Page("members", lambda seeded: "/teams/member/"),
    Page("roles", lambda seeded: "/roles/"),
    Page("the banner", lambda seeded: "/standing/", part=True),
)

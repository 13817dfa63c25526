"""The side bar: what a person's roles let them see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.teams.permissions import Act, grant_of

# (title, icon of the theme's font, name of the page)
SET_UP = (
    ("Connections", "database", "connections_connection_changelist"),
    ("Channels", "campaign", "alerts_channel_changelist"),
    ("Routing", "alt_route", "alerts_route_changelist"),
    ("Silences", "notifications_off", "alerts_silence_changelist"),
)
MESSAGES = (
    ("Deliveries", "outgoing_mail", "alerts_delivery_changelist"),
    ("Outbox", "mail", "outbox"),
)
PEOPLE = (
    ("Teams", "groups", "teams_team_changelist"),
    ("Members", "badge", "teams_member_changelist"),
    ("Invitations", "person_add", "teams_invitation_changelist"),
    ("API tokens", "key", "teams_apitoken_changelist"),
)
USERS = (
    ("Users", "person", "teams_user_changelist"),
    ("Sign-in", "login", "teams_signinprovider_changelist"),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links, in the form that the theme asks for."""
    grant = grant_of(request.user)
    member = grant.allows_anywhere(Act.VIEW)
    watch = [_item("Overview", "visibility", "index", active=request.path == reverse("admin:index"))]
    if member:
        watch += [
            _item("Incidents", "emergency_home", "alerts_incident_changelist"),
            _item("Rules", "rule", "rules_rule_changelist"),
            _item("Tables", "table", "tables"),
            _item("Costs", "payments", "costs"),
            _item("Noise", "notifications_active", "noise"),
            _item("How we did", "timer", "figures"),
            _item("What changed", "edit_note", "change_log"),
            _item("Status pages", "monitor_heart", "status_statuspage_changelist"),
        ]
    watch.append(_item("My notifications", "notifications", "notifications"))
    watch.append(_item("My tokens", "vpn_key", "my_tokens"))
    groups = [{"title": "The watch", "items": watch}]
    if member:
        groups.append({"title": "Set up", "items": _links(SET_UP)})
        groups.append({"title": "Messages", "items": _links(MESSAGES)})
    if grant.allows_anywhere(Act.CONFIGURE):
        records = [_item("Audit", "history", "audit"), _item("Generated texts", "short_text", "generated")]
        groups.append({"title": "Records", "items": records})
    if grant.allows_anywhere(Act.ADMINISTER):
        groups.append({"title": "People", "items": _links(PEOPLE + (USERS if grant.everything else ()))})
    return groups


def _links(entries: tuple[tuple[str, str, str], ...]) -> list[dict[str, Any]]:
    return [_item(*entry) for entry in entries]


def _item(title: str, icon: str, view: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{view}"), **more}

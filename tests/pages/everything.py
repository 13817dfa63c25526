"""One of every kind of object that has an address, and what stands for the parameters of each address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import URLPattern, URLResolver, get_resolver

from apps.alerts.models import Incident, Silence
from apps.alerts.outbox.mailfile import FileOutbox, saved_mails
from apps.changes.models import AuditEntry
from apps.rules.models import Feedback
from apps.status.models import Product, PublicUpdate, StatusPage
from apps.summaries.models import GeneratedText
from apps.teams.models import ApiToken, Invitation, ProviderKind, ProvisioningToken, Role, SignInProvider, User
from apps.teams.services import add_member, issue_token
from tests.pages.conftest import NOW, World

LATER = datetime(2096, 11, 21, tzinfo=UTC)
# Of addresses whose keys open something: such keys open nothing.
OTHERS = {"key": "rules", "what": "Users", "uidb36": "1"}
# What a team that a rule is shared with may read of it.
SHARED_PAGES = frozenset({
    "admin:rules_rule_page", "admin:rules_rule_checks", "admin:rules_rule_checks_file",
    "admin:rules_rule_history", "admin:rules_rule_proposed", "admin:alerts_incident_page",
    "admin:alerts_incident_evidence", "admin:alerts_incident_change",
})  # fmt: skip


def make_everything(world: World) -> dict[str, Any]:
    """By the name of the parameter. `reader` is a viewer of the team with a token."""
    Incident.objects.filter(pk=world.incident.pk).update(rule_id=world.rule.pk, connection_id=world.connection.pk)
    reader = User.objects.create_user("reader@example.com", "a long passphrase")
    member = add_member(team=world.team, user=reader, role=Role.VIEWER)
    issue_token(team=world.team, name="mine", role=Role.VIEWER, user=reader)
    token = ApiToken.objects.get()
    invitation = Invitation.objects.create(
        team=world.team, email="new@example.com", digest="0" * 64, expires_at=LATER, by=reader
    )
    silence = Silence.objects.create(team=world.team, reason="Works", tags=["x"], starts_at=NOW, ends_at=LATER)
    feedback = Feedback.objects.create(
        state=world.state, meaning="expected", begins=NOW, ends=NOW + timedelta(hours=1), at=NOW, by_name="Anna"
    )
    board = StatusPage.objects.create(team=world.team, name="Data", slug="data")
    product = Product.objects.create(page=board, name="Orders")
    update = PublicUpdate.objects.create(incident=world.incident, at=NOW, text="We look", by_name="Anna")
    provider = SignInProvider.objects.create(key="hub", kind=ProviderKind.OPENID_CONNECT, name="Hub", client_id="x")
    provisioning = ProvisioningToken.objects.create(provider=provider, digest="0" * 64)
    text = GeneratedText.objects.create(
        purpose="incident", team_id=world.team.pk, subject_id=world.incident.pk, asked_at=NOW, due_at=NOW
    )
    message = EmailMessage("Late", "Orders are late", headers={"X-Midwatch-Delivery": world.delivery.key})
    FileOutbox().send_messages([message])
    (mail,) = saved_mails(settings.EMAIL_OUTBOX)
    world.channel.name = "renamed"
    world.channel.save()
    entry = AuditEntry.objects.filter(model="alerts.channel", act="changed").latest("pk")
    objects: dict[str, Any] = {
        "rules_rule": world.rule, "alerts_incident": world.incident, "alerts_delivery": world.delivery,
        "alerts_channel": world.channel, "alerts_route": world.route, "alerts_escalation": world.escalation,
        "alerts_rotation": world.rotation, "alerts_silence": silence, "connections_connection": world.connection,
        "status_statuspage": board, "teams_team": world.team, "teams_member": member, "teams_apitoken": token,
        "teams_invitation": invitation, "teams_user": reader, "teams_signinprovider": provider,
        "account_emailaddress": EmailAddress.objects.create(user=reader, email=reader.email),
        "socialaccount_socialaccount": SocialAccount.objects.create(user=reader, provider="hub", uid="1"),
        "mfa_authenticator": Authenticator.objects.create(user=reader, type="totp", data={"secret": ""}),
        "usersessions_usersession": UserSession.objects.create(user=reader, ip="127.0.0.1", session_key="x"),
    }  # fmt: skip
    return {
        "objects": objects, "reader": reader, "provisioning": provisioning.pk, "text_id": text.pk, "name": mail.name,
        "rule_id": world.rule.pk, "incident_id": world.incident.pk, "connection_id": world.connection.pk,
        "table_id": world.table.pk, "pk": world.table.pk, "feedback_id": feedback.pk, "delivery_id": world.delivery.pk,
        "channel_id": world.channel.pk, "route_id": world.route.pk, "silence_id": silence.pk, "token_id": token.pk,
        "invitation_id": invitation.pk, "entry_id": entry.pk, "page_id": board.pk, "product_id": product.pk,
        "update_id": update.pk, "id": reader.pk, "act": "acknowledge", "team_id": world.team.pk,
        "content_type_id": 1, "app_label": "rules",
        "api": {
            "rules": world.rule.pk, "incidents": world.incident.pk, "silences": silence.pk, "status": board.pk,
            "deliveries": world.delivery.pk, "tables": world.table.pk, "connections": world.connection.pk,
        },
        "bodies": {"POST /incidents/{pk}/{act}": {"text": "We look"}},
    }  # fmt: skip


def arguments(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a route, by what its pattern names."""
    found = {}
    for parameter in _parameters()[name]:
        if parameter == "object_id":
            model = name.removeprefix("admin:").rpartition("_")[0]
            found[parameter] = getattr(values["objects"].get(model), "pk", values["reader"].pk)
        elif parameter == "token_id" and "provider" in name:
            found[parameter] = values["provisioning"]
        elif name.startswith("admin:") and parameter == "provider_id":
            found[parameter] = values["objects"]["teams_signinprovider"].pk
        else:
            found[parameter] = values.get(parameter, OTHERS.get(parameter, "x"))
    if name in ("scim_described", "scim_description"):
        found["what"] = "Schemas"
    return found


def extras(name: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The query and the fields that a route needs in order to know what is asked of which object."""
    connection, team = values["connection_id"], values["team_id"]
    queries = {
        "admin:rules_rule_tables": f"?connection={connection}",
        "admin:rules_rule_columns": f"?connection={connection}&table=main.orders",
        "admin:connections_connection_test": f"?connection={connection}",
        "admin:connections_connection_script": f"?connection={connection}",
        "admin:alerts_route_told": f"?team={team}&table=main.orders",
        "admin:rules_rule_backtest": "?kind=freshness",
        "admin:rules_rule_preview": "?kind=freshness",
        "admin:rules_rule_cost": "?kind=freshness",
        "admin:rules_rule_matches": "?kind=freshness",
        "admin:rules_rule_draft_told": "?kind=freshness",
    }
    data = {"admin:rules_rule_backtest": {"connection": connection}, "admin:status_statuspage_propose": {"team": team}}
    return queries.get(name, ""), data.get(name, {})


def _parameters() -> dict[str, list[str]]:
    return dict(_named(get_resolver(), "", ""))


def _named(resolver: URLResolver, prefix: str, space: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for entry in resolver.url_patterns:
        whole = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            parameters = re.findall(r"<(?:\w+:)?(\w+)>", whole)
            found.append((f"{space}{entry.name}" if entry.name else whole, parameters))
        else:
            found += _named(entry, whole, f"{entry.namespace}:" if entry.namespace else space)
    return found

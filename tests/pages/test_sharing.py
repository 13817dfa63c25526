"""A rule that is shared with another team, and a team that sees everything: what their people read, and no more."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.alerts.models import Channel, Delivery, Dependency, Incident
from apps.alerts.services import Period, deliver_due
from apps.api.digests.content import digest_facts
from apps.changes.models import AuditEntry
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Member, Purpose, Role, Team, User
from apps.teams.services import add_member, issue_token
from tests.pages.conftest import NOW, World
from tests.pages.test_rule_form import entered

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def finance(world: World) -> Team:
    """The team with which the rule is shared. The other rule of its table is not."""
    team = Team.objects.create(name="Finance")
    world.rule.shared_with.add(team)
    Incident.objects.update(rule_id=world.rule.pk, connection_id=world.connection.pk, kind="freshness")
    draft = RuleDraft(name="Kept to ourselves", connection=world.connection, kind="schema", table="main.orders")
    save_rule(team=world.team, draft=draft, now=NOW)
    return team


@pytest.fixture
def guest(finance: Team, sign_in: SignIn) -> Client:
    return sign_in(Role.ADMINISTRATOR, finance)


@pytest.fixture
def secret(world: World) -> Incident:
    """An incident about the connection, of which the one about the shared rule is part."""
    row = Incident.objects.create(
        team=world.team, key=f"connection/{world.connection.pk}", title="The store is silent", opened_at=NOW,
        last_seen_at=NOW, next_action_at=NOW, facts={"situation": "connection_failed"},
    )  # fmt: skip
    Incident.objects.filter(pk=world.incident.pk).update(merged_into=row, merged_as="connection")
    return row


def body(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def api(client: Client, address: str, key: str = "") -> Any:
    return client.get(f"/api/v1/{address}", headers={"Authorization": f"Bearer {key}"} if key else {}).json()


def test_a_manager_shares_a_rule_and_the_audit_and_its_page_say_so(manager: Client, world: World) -> None:
    Team.objects.create(name="Finance")
    address = f"/rules/rule/{world.rule.pk}/change/"
    assert manager.post(address, entered(world, shared_with="Finance")).status_code == 302
    assert "Shared with Finance" in body(manager, f"/rules/rule/{world.rule.pk}/")
    entry = AuditEntry.objects.filter(model="rules.rule", act="changed").latest("pk")
    assert f"shared “{entry.object_name}” with Finance" in entry.sentence
    manager.post(address, entered(world, shared_with=""))
    ended = AuditEntry.objects.filter(model="rules.rule", act="changed").latest("pk")
    assert f"ended the sharing of “{ended.object_name}” with Finance" in ended.sentence
    assert not Rule.objects.filter(shared_with__isnull=False).exists()


def test_teams_to_share_with_are_named_and_never_listed(manager: Client, world: World) -> None:
    Team.objects.create(name="Finance")
    assert "Finance" not in body(manager, "/rules/rule/add/?kind=freshness")
    page = manager.post("/rules/rule/add/?kind=freshness", entered(world, shared_with="Finanze")).content.decode()
    assert "There is no team &#x27;Finanze&#x27;" in page


def test_its_people_find_the_rule_and_its_incident_in_every_list(guest: Client, world: World) -> None:
    for address in ("/rules/rule/", "/watch/rules/", "/search/?q=orders+arrive"):
        assert "Orders arrive" in body(guest, address), address
        assert "Kept to ourselves" not in body(guest, address), address
    assert "orders are late" in body(guest, "/alerts/incident/")
    assert "orders are late" in b"".join(guest.get("/alerts/incident/export.csv").streaming_content).decode()  # type: ignore[attr-defined]


def test_they_see_the_connections_name_and_nothing_else_of_it(guest: Client, world: World) -> None:
    page = body(guest, f"/rules/rule/{world.rule.pk}/")
    assert "shop " in page
    assert "/connections/connection/" not in page.replace('href="/connections/connection/"', "")
    for act in ("check-now", "edit", "pause", "mute", "delete"):
        assert f'id="{act}"' not in page
    for address in ("/connections/connection/", "/tables/", "/alerts/channel/", "/costs/", "/figures/"):
        assert "Watchers" not in body(guest, address), address


def test_a_token_of_the_team_reads_exactly_the_shared_rule(client: Client, finance: Team, world: World) -> None:
    key = issue_token(team=finance, name="finance", role=Role.MANAGER)
    assert [rule["id"] for rule in api(client, "rules", key)["items"]] == [world.rule.pk]
    assert [row["id"] for row in api(client, "incidents", key)["items"]] == [world.incident.pk]
    assert api(client, f"rules/{world.rule.pk}/checks", key)["count"] == 3
    other = Rule.objects.get(name="Kept to ourselves")
    assert api(client, f"rules/{other.pk}", key)["error"] == f"There is no rule {other.pk}."
    assert api(client, "connections", key)["items"] == api(client, "tables", key)["items"] == []


def test_what_the_incident_is_part_of_stays_hidden(guest: Client, world: World, secret: Incident) -> None:
    pages = (f"/alerts/incident/{world.incident.pk}/", f"/rules/rule/{world.rule.pk}/", "/", "/watch/now/",
             "/watch/rules/", "/alerts/incident/")  # fmt: skip
    for address in pages:
        assert "The store is silent" not in body(guest, address), address
        assert "Part of #" not in body(guest, address), address
    rows = b"".join(guest.get("/alerts/incident/export.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert next(csv.DictReader(rows))["part_of"] == ""
    assert guest.get(f"/alerts/incident/{secret.pk}/").status_code == 404
    assert "orders are late" in body(guest, "/alerts/incident/")  # it stands by itself for them
    shown = api(guest, "incidents")["items"]
    assert [(row["id"], row["part_of"]) for row in shown] == [(world.incident.pk, None)]


def test_what_is_part_of_it_is_counted_and_not_named(guest: Client, viewer: Client, world: World) -> None:
    facts = world.incident.facts | {"parts": {"count": 1, "titles": ["Payroll is late"], "total": 1}}
    Incident.objects.filter(pk=world.incident.pk).update(facts=facts)
    world.incident.timeline.create(at=NOW, kind="grouped", text="Payroll is late belongs to this.")
    for address in (f"/alerts/incident/{world.incident.pk}/", f"/api/v1/incidents/{world.incident.pk}"):
        assert "Payroll" in body(viewer, address), address
        assert "Payroll" not in body(guest, address), address


def test_whom_the_team_tells_and_what_it_feeds_is_not_shared(guest: Client, viewer: Client, world: World) -> None:
    Channel.objects.update(name="The siren")
    world.incident.timeline.create(at=NOW, kind="sent", text="Sent to The siren.")
    Incident.objects.update(table="main.orders")
    shop = world.connection.pk
    Dependency.objects.create(
        connection_id=shop, table="main.payroll", upstream_connection_id=shop, upstream_table="main.orders"
    )
    page, rule = f"/alerts/incident/{world.incident.pk}/", f"/rules/rule/{world.rule.pk}/"
    assert "The siren" in body(viewer, page)
    assert "main.payroll" in body(viewer, page)
    for address in (page, f"/api/v1{page.replace('alerts/incident', 'incidents').rstrip('/')}", rule):
        assert "The siren" not in body(guest, address), address
        assert "main.payroll" not in body(guest, address), address
    assert (viewer.get(f"{rule}told/").status_code, guest.get(f"{rule}told/").status_code) == (200, 403)


def digest(user: User) -> dict[str, Any]:
    facts = digest_facts(user, Period("daily", NOW - timedelta(days=1), NOW + timedelta(days=1)))
    assert facts
    return facts


def test_the_digest_has_shared_rules_and_no_others(finance: Team, world: World) -> None:
    user = User.objects.create_user("cfo@example.com")
    add_member(team=finance, user=user, role=Role.VIEWER)
    assert [row["number"] for row in digest(user)["still_open"]] == [world.incident.pk]
    assert digest(user)["tables_in_all"] == 1
    world.rule.shared_with.clear()
    stranger = User.objects.get(pk=user.pk)
    assert digest(stranger)["still_open"] == digest(stranger)["tables"] == []


def test_sharing_ends_at_once(guest: Client, world: World) -> None:
    world.rule.shared_with.clear()
    for address in (f"/rules/rule/{world.rule.pk}/", f"/alerts/incident/{world.incident.pk}/"):
        assert guest.get(address).status_code == 404


def test_a_team_that_sees_everything_reads_it_by_page_token_and_digest(sign_in: SignIn, world: World) -> None:
    board = Team.objects.create(name="Board", sees_everything=True)
    seer, key = sign_in(Role.VIEWER, board), issue_token(team=board, name="board", role=Role.VIEWER)
    for address in ("/rules/rule/", "/connections/connection/", "/alerts/channel/", "/tables/", "/alerts/incident/"):
        assert "Watchers" in body(seer, address) or "main" in body(seer, address), address
    assert [rule["id"] for rule in api(seer, "rules", key)["items"]] == [world.rule.pk]
    assert digest(Member.objects.get(team=board).user)["open"] == 1


def test_it_reads_nothing_about_midwatch_itself_and_no_audit_of_others(sign_in: SignIn, world: World) -> None:
    board = Team.objects.create(name="Board", sees_everything=True)
    own = Team.every.create(name="Midwatch itself", purpose=Purpose.SELF)
    Incident.objects.create(
        team=own, key="midwatch/x", title="Own trouble", opened_at=NOW, last_seen_at=NOW, next_action_at=NOW
    )
    seer = sign_in(Role.ADMINISTRATOR, board)
    assert "Own trouble" not in body(seer, "/alerts/incident/")
    assert "Watchers" not in body(seer, "/audit/?q=Watchers").partition('id="audit"')[2]
    assert "duty@example.com" not in body(seer, "/teams/apitoken/")


def test_who_left_while_a_message_waited_does_not_get_it(world: World, mailoutbox: list[Any]) -> None:
    member = Member.objects.get(user__email="duty@example.com")
    channel = world.team.channels.create(person=member.user, name="duty", type="email")
    for number in range(2):
        Delivery.objects.create(
            channel=channel, kind="opened", key=f"waits-{number}", created_at=NOW, due_at=NOW, incident=world.incident,
            facts=world.incident.facts,
        )  # fmt: skip
    Delivery.objects.filter(key="delivery-1").delete()
    member.delete()
    deliver_due(now_source=lambda: NOW + timedelta(minutes=1))
    assert set(Delivery.objects.values_list("status", flat=True)) == {"superseded"}
    assert mailoutbox == []
    assert "is not in the team any more" in world.incident.timeline.latest("pk").text

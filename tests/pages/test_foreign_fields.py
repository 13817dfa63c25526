"""Another team's objects as values of fields, and fields that no form offers: neither gets anybody anything.

Every attack is a form that is right but for one field, so that nothing else can be what refused it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from apps.alerts.models import Channel, Escalation, Rotation, Route, Silence
from apps.alerts.services import save_channel
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from apps.status.models import Product, StatusPage
from apps.teams.models import ApiToken, Invitation, Member, Role, Team, User
from apps.teams.services import add_member
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
KEPT = (Rule, Connection, Channel, Route, Escalation, Rotation, Silence, StatusPage, Member, ApiToken, Invitation)
Form = tuple[str, dict[str, Any]]


@pytest.fixture
def mine(tmp_path: Path) -> Team:
    """The attacker's own team, with a store and a channel of its own."""
    team = Team.objects.create(name="Others")
    with duckdb.connect(str(tmp_path / "mine.duckdb")) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
    connection = save_connection(
        team=team, name="mine", engine="duckdb", settings={"path": str(tmp_path / "mine.duckdb")}
    )
    save_channel(team=team, name="mine", type="email", settings={"to": ["me@example.com"]})
    draft = RuleDraft(name="Mine", connection=connection, kind="schema", table="main.orders")
    save_rule(team=team, draft=draft, now=NOW)
    StatusPage.objects.create(team=team, name="Mine", slug="mine")
    return team


@pytest.fixture
def attacker(mine: Team) -> Client:
    user = User.objects.create_user("mallory@example.com")
    add_member(team=mine, user=user, role=Role.ADMINISTRATOR)
    client = Client()
    client.force_login(user)
    return client


def forms(mine: Team) -> dict[str, Form]:
    """A right form of each kind, for the attacker's own team."""
    connection, channel = mine.connections.get().pk, Channel.objects.get(team=mine).pk
    rule = {"name": "New", "connection": connection, "table": "main.orders", "severity": "medium", "timezone": "UTC"}
    every_hour = {"every": "1h", "tolerance": "10m", "days": "daily", "column": "updated_at"}
    settings = {f"settings-{name}": value for name, value in every_hour.items()}
    mail = {"name": "New", "settings-to": "a@example.com"}
    page = StatusPage.objects.get(team=mine).pk
    products = {"products-TOTAL_FORMS": "1", "products-INITIAL_FORMS": "0", "products-0-name": "Orders",
                "products-0-tables": "sales.*", "products-0-target": "99.9", "products-0-position": "1"}  # fmt: skip
    status = {"name": "New", "slug": "new", "timezone": "UTC", "days": "90"}
    return {
        "rule": ("/rules/rule/add/?kind=freshness", rule | settings),
        "route": ("/alerts/route/add/", {"name": "New", "channels": [channel]}),
        "silence": ("/alerts/silence/add/", {"team": mine.pk, "kind": "mute", "reason": "New", "tags": "x",
                                             "timezone": "UTC"}),
        "channel": ("/alerts/channel/add/?type=email", {"team": mine.pk, **mail}),
        "channel as it is": (f"/alerts/channel/{channel}/change/", mail),
        "status page": ("/status/statuspage/add/", {"team": mine.pk, **status}),
        "products": (f"/status/statuspage/{page}/change/", status | {"slug": "mine"} | products),
        "invitation": ("/teams/invitation/add/", {"team": mine.pk, "email": "n@example.com", "role": "viewer"}),
        "member": ("/teams/member/add/", {"team": mine.pk, "email": "friend@example.com", "role": "viewer"}),
        "token": ("/teams/apitoken/add/", {"team": mine.pk, "name": "New", "role": "viewer"}),
        "own token": ("/my-tokens/", {"team": mine.pk, "name": "New", "role": "viewer"}),
    }  # fmt: skip


def attacks(world: World) -> list[tuple[str, str, Any]]:
    """The form, its field, and what of the other team is put into it."""
    member = Member.objects.get(team=world.team).pk
    team, channel, rule = world.team.pk, world.channel.pk, world.rule.pk
    return [
        ("rule", "connection", world.connection.pk), ("rule", "notify", [channel]), ("rule", "people", [member]),
        ("rule", "owner", member), ("route", "channels", [channel]), ("route", "people", [member]),
        ("route", "rotation", world.rotation.pk), ("route", "escalation", world.escalation.pk),
        ("route", "owners", [member]), ("silence", "team", team), ("silence", "rule", rule),
        ("silence", "connection", world.connection.pk), ("channel", "team", team),
        ("channel as it is", "fallback", channel),
        ("status page", "team", team), ("products", "products-0-rules", [rule]), ("invitation", "team", team),
        ("member", "team", team), ("token", "team", team), ("token", "email", "duty@example.com"),
        ("own token", "team", team), ("own token", "role", "superuser"),
    ]  # fmt: skip


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in KEPT}


def test_each_form_is_right_as_it_stands(attacker: Client, mine: Team) -> None:
    User.objects.create_user("friend@example.com")
    for name, (address, data) in forms(mine).items():
        if name != "own token":  # the team has a token of that name by then
            before = counts()
            attacker.post(address, data)
            assert counts() != before or name in ("products", "channel as it is"), name
    assert Product.objects.get().name == "Orders"


def test_another_teams_objects_fit_into_no_field(attacker: Client, mine: Team, world: World) -> None:
    User.objects.create_user("friend@example.com")
    before, right = counts(), forms(mine)
    for name, field, value in attacks(world):
        address, data = right[name]
        answer = attacker.post(address, data | {field: value})
        assert (answer.status_code, counts()) in [(200, before), (404, before), (403, before)], f"{name}: {field}"
    assert not Product.objects.exists()


def test_no_form_moves_an_object_to_another_team(attacker: Client, mine: Team, world: World) -> None:
    """Who could, would hand it to people who trust what is theirs."""
    settings = {"settings-path": "x.duckdb", "name": "mine", "timezone": "UTC"}
    connection, channel = mine.connections.get(), Channel.objects.get(team=mine)
    with_products = {"products-TOTAL_FORMS": "0", "products-INITIAL_FORMS": "0", "days": "90"}
    me, board = Member.objects.get(team=mine), StatusPage.objects.get(team=mine)
    into = {"team": world.team.pk, "team_id": world.team.pk}
    attacker.post(f"/connections/connection/{connection.pk}/change/", settings | into)
    attacker.post(f"/alerts/channel/{channel.pk}/change/", {"name": "mine", "settings-to": "a@example.com"} | into)
    attacker.post(f"/teams/member/{me.pk}/change/", {"role": "administrator", "user": 1} | into)
    attacker.post(
        f"/status/statuspage/{board.pk}/change/", {"name": "x", "slug": "x", "timezone": "UTC"} | with_products | into
    )
    for row in (connection, channel, me, board):
        row.refresh_from_db()
        assert row.team == mine
    assert (connection.settings["path"], channel.settings["to"], board.name) == ("x.duckdb", ["a@example.com"], "x")
    assert me.user.email == "mallory@example.com"


def test_an_administrator_cannot_let_the_own_team_see_everything(attacker: Client, mine: Team) -> None:
    data = {"name": "Others", "timezone": "UTC", "language": "en", "sees_everything": "on", "purpose": "self"}
    assert attacker.post(f"/teams/team/{mine.pk}/change/", data).status_code == 302
    mine.refresh_from_db()
    assert (mine.sees_everything, mine.purpose) == (False, "people")


@pytest.mark.parametrize("field", ["is_superuser", "is_active", "team", "history", "pk"])
def test_the_api_takes_no_field_that_it_does_not_name(attacker: Client, world: World, mine: Team, field: str) -> None:
    rule = Rule.objects.get(team=mine)
    answer = attacker.patch(f"/api/v1/rules/{rule.pk}", {field: world.team.pk}, content_type="application/json")
    assert answer.status_code == 422
    assert Rule.objects.get(pk=rule.pk).team == mine


def test_the_api_takes_no_names_of_another_teams_objects(attacker: Client, world: World, mine: Team) -> None:
    rule = {"name": "New", "connection": "mine", "table": "main.orders", "kind": "schema"}
    foreign: list[dict[str, Any]] = [
        {"team": world.team.name}, {"connection": world.connection.name}, {"notify": [world.channel.name]},
        {"people": ["duty@example.com"]}, {"owner": "duty@example.com"}, {"instead_of": world.rule.name},
        {"shared_with": ["no such team"]}, {"shared_with": [mine.name]},
    ]  # fmt: skip
    for each in foreign:
        answer = attacker.post("/api/v1/rules", rule | each, content_type="application/json")
        assert answer.status_code == 422, each
    mute = {"kind": "mute", "reason": "x", "rule": world.rule.name}
    assert attacker.post("/api/v1/silences", mute, content_type="application/json").status_code == 422
    assert Rule.objects.filter(team=mine).count() == 1
    assert not Silence.objects.exists()

"""Taking back what was added and what was deleted, from the page of the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from apps.alerts.models import Channel, Escalation, Rotation, Route, Silence
from apps.alerts.routing.saving import RouteDraft, delete_route, save_route
from apps.alerts.routing.steps import RotationDraft, StepDraft, save_escalation, save_rotation
from apps.alerts.services import SilenceDraft, end_silence, save_channel, save_silence
from apps.changes.models import AuditEntry
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Rule, RuleState
from apps.rules.services import RuleDraft, delete_rule, save_rule
from apps.teams.models import Member, Role, Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data")


@pytest.fixture
def member(team: Team) -> Member:
    return Member.objects.create(team=team, user=User.objects.create_user("anna@example.com"), role=Role.MANAGER)


@pytest.fixture
def manager(member: Member, client: Client) -> Client:
    client.force_login(member.user)
    return client


@pytest.fixture
def connection(team: Team, tmp_path: Path) -> Connection:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
    return save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(tmp_path / "shop.duckdb")})


@pytest.fixture
def mail(team: Team) -> Channel:
    return save_channel(team=team, name="ops-mail", type="email", settings={"to": ["ops@example.com"]})


@pytest.fixture
def rule(team: Team, connection: Connection, mail: Channel, member: Member) -> Rule:
    draft = RuleDraft(
        name="Orders arrive", connection=connection, kind="freshness", table="main.orders", tags=("shop",),
        settings={"every": "1h", "column": "updated_at"}, channels=(mail,), people=(member,),
    )  # fmt: skip
    return save_rule(team=team, draft=draft, now=timezone.now()).rule


def last(act: str, model: str) -> AuditEntry:
    return AuditEntry.objects.filter(act=act, model=model).latest("pk")


def undo(client: Client, act: str, model: str) -> str:
    """What the page says then."""
    return client.post(f"/audit/{last(act, model).pk}/undo/", follow=True).content.decode()


def test_a_deleted_rule_is_made_again_and_checked(manager: Client, rule: Rule, mail: Channel, member: Member) -> None:
    delete_rule(rule=rule, now=timezone.now())
    assert "Undone: " in undo(manager, "deleted", "rules.rule")
    made = Rule.objects.get()
    assert (made.name, made.settings, made.tags) == ("Orders arrive", {"every": "1h", "column": "updated_at"}, ["shop"])
    assert ([*made.notify.all()], [*made.people.all()]) == ([mail], [member.user])
    assert RuleState.objects.get(rule=made).next_check_at is not None
    assert "undid entry" in last("undone", "rules.rule").sentence


def test_it_is_made_again_once(manager: Client, rule: Rule) -> None:
    delete_rule(rule=rule, now=timezone.now())
    deleted = last("deleted", "rules.rule")
    undo(manager, "deleted", "rules.rule")
    assert "was added again since" in manager.post(f"/audit/{deleted.pk}/undo/", follow=True).content.decode()
    assert f'id="undo-{deleted.pk}"' not in manager.get("/audit/").content.decode()
    assert Rule.objects.count() == 1


def test_a_rule_without_its_connection_says_so(manager: Client, rule: Rule) -> None:
    delete_rule(rule=rule, now=timezone.now())
    Connection.objects.all().delete()
    assert "The connection that the rule had before does not exist" in undo(manager, "deleted", "rules.rule")
    assert not Rule.objects.exists()


def test_what_held_a_secret_says_that_it_must_be_entered_again(
    manager: Client, team: Team, connection: Connection
) -> None:
    settings = {"url": "https://hooks.example.com/x", "secret": "a secret that both of them know"}
    save_channel(team=team, name="hook", type="webhook", settings=settings).delete()
    assert "had a secret, which no history holds" in undo(manager, "deleted", "alerts.channel")
    connection.delete()
    page = undo(manager, "deleted", "connections.connection")
    assert "shop cannot be brought back from its history, which holds no secrets. Add it again" in page
    assert not Channel.objects.exists()


def delete_all(team: Team, mail: Channel, member: Member) -> None:
    """One of each is made and deleted."""
    now = timezone.now()
    turns = RotationDraft("Weeks", "UTC", now.date(), time(9), (member,))
    rotation = save_rotation(team=team, draft=turns)
    steps = [StepDraft(10, (mail,)), StepDraft(30, (), (member,))]
    escalation = save_escalation(team=team, name="Nights", steps=steps, now=now)
    draft = RouteDraft("Money", tags=("money",), channels=(mail,), people=(member,), escalation=escalation)
    delete_route(route=save_route(team=team, draft=draft))
    later = SilenceDraft(kind="mute", reason="Move", tags=("x",), starts_at=now + timedelta(days=1))
    end_silence(silence=save_silence(team=team, draft=later, owner=member.user, now=now), now=now)
    for row in (rotation, escalation, mail):
        row.delete()


def test_what_decides_who_is_told_is_made_again(manager: Client, team: Team, mail: Channel, member: Member) -> None:
    delete_all(team, mail, member)
    for model in ("alerts.channel", "alerts.rotation", "alerts.silence"):
        assert "Undone: " in undo(manager, "deleted", model), model
    assert Channel.objects.get().settings["to"] == ["ops@example.com"]
    assert [turn.user for turn in Rotation.objects.get().turns.all()] == [member.user]
    assert Silence.objects.get().reason == "Move"


def test_parts_come_back_with_the_whole(manager: Client, team: Team, mail: Channel, member: Member) -> None:
    steps = [StepDraft(10, (mail,)), StepDraft(30, (), (member,))]
    save_escalation(team=team, name="Nights", steps=steps, now=timezone.now()).delete()
    assert "Undone: " in undo(manager, "deleted", "alerts.escalation")
    back = [
        (step.after_minutes, [*step.channels.all()], [*step.people.all()])
        for step in Escalation.objects.get().steps.all()
    ]
    assert back == [(10, [mail], []), (30, [], [member.user])]


def test_a_route_leads_where_it_led(manager: Client, team: Team, mail: Channel, member: Member) -> None:
    delete_route(
        route=save_route(team=team, draft=RouteDraft("Money", tags=("m",), channels=(mail,), people=(member,)))
    )
    assert "Undone: " in undo(manager, "deleted", "alerts.route")
    made = Route.objects.get(name="Money")
    assert (made.tags, [*made.channels.all()], [*made.people.all()]) == (["m"], [mail], [member.user])


@pytest.mark.parametrize("made", ["rule", "mail", "connection"])
def test_undoing_an_addition_leads_to_the_page_that_says_what_goes_along(
    manager: Client, made: str, request: pytest.FixtureRequest
) -> None:
    row: Model = request.getfixturevalue(made)
    entry = AuditEntry.objects.get(act="added", model=row._meta.label_lower)
    page = manager.get("/audit/").content.decode()
    address = f"/{row._meta.label_lower.replace('.', '/')}/{row.pk}/delete/"
    assert f'id="undo-{entry.pk}" href="{address}"' in page
    assert manager.post(f"/audit/{entry.pk}/undo/", follow=True).status_code == 200
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    manager.post(address, {"post": "yes"})
    assert not type(row)._default_manager.filter(pk=row.pk).exists()
    assert f'id="undo-{entry.pk}"' not in manager.get("/audit/").content.decode()


def test_roles_and_keys_are_never_brought_back(manager: Client, team: Team) -> None:
    other = Member.objects.create(team=team, user=User.objects.create_user("b@example.com"), role=Role.ADMINISTRATOR)
    other.delete()
    assert "Access is given and taken on its own page" in undo(manager, "deleted", "teams.member")
    assert not Member.objects.filter(user__email="b@example.com").exists()


def test_what_superusers_say_of_a_team_is_not_undone_by_its_administrator(manager: Client, team: Team) -> None:
    Member.objects.update(role=Role.ADMINISTRATOR)
    for sees in (True, False):
        team.sees_everything = sees
        team.save()
    assert "Access is given and taken on its own page" in undo(manager, "changed", "teams.team")
    assert not Team.objects.get().sees_everything


def test_a_stranger_undoes_nothing(manager: Client, rule: Rule) -> None:
    delete_rule(rule=rule, now=timezone.now())
    user = User.objects.create_user("x@example.com")
    Member.objects.create(team=Team.objects.create(name="Others"), user=user, role=Role.ADMINISTRATOR)
    stranger = Client()
    stranger.force_login(user)
    assert stranger.post(f"/audit/{last('deleted', 'rules.rule').pk}/undo/").status_code == 404


def test_the_page_asks_no_more_when_there_are_more_entries(
    manager: Client, team: Team, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        save_channel(team=team, name=f"mail {number}", type="email", settings={"to": ["a@example.com"]})
    with django_assert_max_num_queries(20):
        manager.get("/audit/")

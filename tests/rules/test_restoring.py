"""The undo of a change of a rule, by the audit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.changes.models import AuditEntry
from apps.changes.services import undo
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.models import Rule, RuleState
from apps.rules.services import RuleDraft, save_rule, set_paused
from apps.teams.models import Team, User
from tests.rules.conftest import Clock


@pytest.fixture
def rule(team: Team, connection: Connection, clock: Clock) -> Rule:
    return save(team, connection, clock, "20m")


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna@example.com", name="Anna Berg")


def save(team: Team, connection: Connection, clock: Clock, tolerance: str, instance: Rule | None = None) -> Rule:
    settings = {"every": "1h", "tolerance": tolerance, "column": "updated_at"}
    draft = RuleDraft(name="Orders", connection=connection, kind="freshness", table="main.orders", settings=settings)
    return save_rule(team=team, draft=draft, instance=instance, now=clock()).rule


def last() -> AuditEntry:
    return AuditEntry.objects.filter(model="rules.rule", act="changed").latest("pk")


def test_a_limit_gets_its_old_value_and_the_rule_is_checked_again(
    team: Team, connection: Connection, clock: Clock, rule: Rule, anna: User
) -> None:
    save(team, connection, clock, "30m", rule)
    assert last().sentence.endswith("raised the tolerance of “Orders” from 20m to 30m.")
    clock.now += timedelta(minutes=1)
    undo(entry=last(), user=anna, now=clock())
    assert Rule.objects.get().settings["tolerance"] == "20m"
    assert RuleState.objects.get().next_check_at == clock()


def test_a_pause_is_undone(rule: Rule, clock: Clock, anna: User) -> None:
    set_paused(rule=rule, paused=True, now=clock())
    undo(entry=last(), user=anna, now=clock())
    assert not Rule.objects.get().paused


def test_what_was_deleted_meanwhile_cannot_be_undone(
    team: Team, connection: Connection, clock: Clock, rule: Rule, anna: User
) -> None:
    save(team, connection, clock, "30m", rule)
    rule.delete()
    with pytest.raises(InvalidInput, match="does not exist any more"):
        undo(entry=last(), user=anna, now=clock())

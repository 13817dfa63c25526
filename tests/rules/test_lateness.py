"""A check that nobody begins is late after two intervals, but never sooner than 2 min or later than 15 min."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.models import Connection
from apps.rules.lateness import find_late, patience
from apps.rules.models import Rule, RuleState
from apps.teams.models import Team

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def rule(db: None) -> Rule:
    team = Team.objects.create(name="data-ops")
    store = Connection.objects.create(team=team, name="shop", engine="duckdb", settings={"path": "x"})
    return Rule.objects.create(team=team, name="r", connection=store, kind="freshness", include=["main.*"])


def wait(rule: Rule, *, every: int, minutes: float) -> None:
    due = NOW - timedelta(minutes=minutes)
    RuleState.objects.create(
        rule=rule, connection=rule.connection, table=f"t{every}", check_every=every, next_check_at=due
    )


@pytest.mark.parametrize(("seconds", "minutes"), [(10, 2), (60, 2), (300, 10), (3600, 15)])
def test_the_patience_follows_the_interval(seconds: int, minutes: int) -> None:
    assert patience(seconds) == timedelta(minutes=minutes)


def test_each_check_is_late_by_its_own_interval(rule: Rule) -> None:
    wait(rule, every=60, minutes=9)
    wait(rule, every=300, minutes=9)
    trouble = find_late(NOW)
    assert trouble is not None
    assert (trouble.count, trouble.since) == (1, NOW - timedelta(minutes=9))
    assert "1 check has been due for up to 9 min" in trouble.sentence


def test_checks_on_time_are_no_trouble(rule: Rule) -> None:
    wait(rule, every=60, minutes=2)
    assert find_late(NOW) is None


def test_a_paused_rule_is_never_late(rule: Rule) -> None:
    wait(rule, every=60, minutes=600)
    Rule.objects.update(paused=True)
    assert find_late(NOW) is None

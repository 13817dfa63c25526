"""Figures per team and per rule, from what incidents leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.figures.reading import NO_RULE, Table, read_figures
from apps.alerts.figures.table import HEAD, figure_rows
from apps.alerts.models import Channel, Incident
from apps.alerts.services import acknowledge
from apps.common.months import month_of
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW, deliver, found

NOVEMBER = month_of(NOW, ZoneInfo("UTC"))


def made(team: Team, *, rule: int | None = None, at: datetime = NOW, **known: Any) -> Incident:
    number = Incident.objects.count()
    return Incident.objects.create(
        team=team, key=f"rule/{rule}/t{number}", title="late", opened_at=at, last_seen_at=at, next_action_at=at,
        rule_id=rule, facts={"rule": f"Rule {rule}"} if rule else {}, **known,
    )  # fmt: skip


def read() -> Table:
    return read_figures(Incident.objects.all(), NOVEMBER)


def test_an_incident_leaves_its_times_behind(team: Team, mail: Channel, anna: User) -> None:
    incident = found(team, mail, due_at=(NOW - timedelta(hours=1)).isoformat())
    deliver(NOW + timedelta(seconds=30))
    acknowledge(incident=incident, user=anna, now=NOW + timedelta(minutes=5))
    [standing] = read().teams
    figures = standing.this
    assert (figures.detect, figures.notify) == (timedelta(hours=1), timedelta(seconds=30))
    assert (figures.acknowledge, figures.resolve) == (timedelta(minutes=5), None)


def test_a_month_stands_beside_the_one_before(team: Team) -> None:
    made(team)
    made(team, at=NOW - timedelta(days=30))
    made(team, at=NOW - timedelta(days=90))
    [standing] = read().teams
    assert (standing.this.incidents, standing.last.incidents) == (1, 1)


def test_rules_come_with_the_most_incidents_first_and_what_is_about_none_last(team: Team) -> None:
    for rule in (1, 2, 2, None, None, None):
        made(team, rule=rule)
    assert [(each.rule, each.this.incidents) for each in read().rules] == [("Rule 2", 2), ("Rule 1", 1), (NO_RULE, 3)]


def test_five_hundred_incidents_cost_one_statement(team: Team) -> None:
    for number in range(500):
        made(team, rule=number % 50 + 1)
    with CaptureQueriesContext(connection) as queries:
        assert sum(each.this.incidents for each in read().rules) == 500
    assert len(queries) == 1


def test_the_file_has_two_rows_per_team_and_per_rule(team: Team) -> None:
    made(team, rule=1, resolved_at=NOW + timedelta(minutes=90), status="resolved", outcome="real")
    rows = [dict(zip(HEAD, row, strict=True)) for row in figure_rows(read(), NOVEMBER)]
    assert [(row["month"], row["rule"]) for row in rows] == [
        ("2025-11", ""), ("2025-10", ""), ("2025-11", "Rule 1"), ("2025-10", "Rule 1"),
    ]  # fmt: skip
    assert (rows[0]["seconds_to_resolve"], rows[0]["precision_percent"]) == (5400, 100.0)
    assert rows[1]["seconds_to_resolve"] is None

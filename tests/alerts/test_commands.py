"""The commands `deliver` and `incidents`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.alerts.models import Channel
from apps.alerts.services import Recovery, merge, report, send_test
from apps.teams.models import Team
from tests.alerts.conftest import KEY, NOW, found
from tests.servers.http import Answer, HttpServer

Output = pytest.CaptureFixture[str]


def test_deliver_sends_what_is_due_and_counts_it(team: Team, hook: Channel, http: HttpServer, capsys: Output) -> None:
    http.answers.append(Answer(503))
    for _ in range(2):
        send_test(channel=hook, now=NOW)
    call_command("deliver", "--once")
    assert capsys.readouterr().out == "Messages tried: 2. Still waiting: 1.\n"
    assert len(http.requests) == 2


def test_deliver_asks_for_once() -> None:
    with pytest.raises(CommandError, match="--once"):
        call_command("deliver")


def test_incidents_lists_what_is_open(team: Team, capsys: Output) -> None:
    incident = found(team)
    call_command("incidents")
    line = capsys.readouterr().out
    assert line.startswith(f"#{incident.pk}  High, open for ")
    assert line.endswith("[Data]  Orders keep arriving: main.orders\n")


def test_incidents_as_json_are_one_object_a_line(team: Team, capsys: Output) -> None:
    found(team)
    found(team, key="rule/2/main.orders")
    call_command("incidents", "--json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["key"] for row in rows} == {KEY, "rule/2/main.orders"}
    assert rows[0]["opened_at"] == NOW.isoformat()


def test_resolved_incidents_are_listed_on_demand(team: Team, capsys: Output) -> None:
    found(team)
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=2))
    call_command("incidents")
    assert capsys.readouterr().out == "There are no open incidents.\n"
    call_command("incidents", "--all")
    assert "High, resolved for 2 h" in capsys.readouterr().out


def test_incidents_of_one_team(team: Team, capsys: Output) -> None:
    found(Team.objects.create(name="Finance"))
    call_command("incidents", "--team", "Data")
    assert capsys.readouterr().out == "There are no open incidents.\n"
    with pytest.raises(CommandError, match="Did you mean Data"):
        call_command("incidents", "--team", "Date")


def test_what_is_part_of_another_is_counted_there(team: Team, capsys: Output) -> None:
    lead, part = found(team), found(team, key="rule/2/main.items")
    merge(incident=part, into=lead, user=None, now=NOW)
    call_command("incidents")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"#{lead.pk} ")
    assert line.endswith(" and 1 more")
    call_command("incidents", "--json")
    assert json.loads(capsys.readouterr().out)["parts"] == 1

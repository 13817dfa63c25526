"""A rule on the past over REST, by the command, and in the plan."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from apps.common.clock import utc_now
from apps.rules.backtest.reading import KEEPER
from apps.rules.models import Rule
from apps.rules.services import Said, give_feedback
from apps.teams.models import Role, Team
from tests.api.conftest import CONFIG, Desk
from tests.api.rest import Api, person, program
from tests.api.test_commands import run

ENTRY: dict[str, Any] = {
    "name": "Orders a day", "connection": "shop", "table": "main.orders", "kind": "volume", "column": "created_at",
    "drop": "30%",
}  # fmt: skip


@pytest.fixture
def team(desk: Desk) -> Team:
    """Ten orders a day for four months up to yesterday; two on the day five days ago."""
    KEEPER.clear()
    with duckdb.connect(str(desk.folder / "shop.duckdb")) as session:
        session.execute("DELETE FROM orders")
        session.execute(
            "INSERT INTO orders SELECT day * 10 + n, moment, moment FROM (SELECT day, n, "
            "date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL 12 HOUR - day * INTERVAL 1 DAY AS moment "
            "FROM range(1, 125) days(day), range(10) rows(n) WHERE n < 2 OR day <> 5)"
        )
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def manager(team: Team) -> Api:
    return program(team)


def test_a_rule_that_is_not_saved_is_tried(manager: Api) -> None:
    reply = manager.post("rules/backtest", ENTRY)
    [trial] = reply["trials"]
    assert (manager.status, reply["days"], reply["unread"]) == (200, 90, False)
    assert reply["sentence"].startswith("Would have alerted once in the last 30 days: on ")
    assert (trial["alerts_last_30_days"], trial["alerts_in_all"], trial["longest_seconds"]) == (1, 1, 86_400.0)
    assert [value["alerts"] for value in trial["values"]].count(True) == 1
    assert len(trial["values"]) == 30
    assert "points" not in trial
    assert not Rule.objects.filter(name="Orders a day").exists()


def test_limits_are_moved_by_asking_again(manager: Api) -> None:
    told = [manager.post("rules/backtest", ENTRY | {"drop": drop})["sentence"] for drop in ("79%", "81%")]
    assert [sentence.split(" in the last")[0] for sentence in told] == [
        "Would have alerted once",
        "Would not have alerted",
    ]


def test_all_points_and_fewer_days_on_request(manager: Api) -> None:
    [trial] = manager.post("rules/backtest?days=10&points=true", ENTRY)["trials"]
    assert len(trial["points"]) in (8, 9, 10)  # a day that has only just ended is not judged yet
    assert set(trial["points"][0]) == {"at", "value", "low", "high", "alerts"}


def test_a_saved_rule_is_tried_with_changes(manager: Api) -> None:
    rule = Rule.objects.get(name="Orders volume")
    reply = manager.post(f"rules/{rule.pk}/backtest", {"drop": "90%"})
    assert reply["sentence"].startswith("Would not have alerted")
    assert Rule.objects.get(pk=rule.pk).settings == rule.settings


@pytest.mark.parametrize(
    ("query", "change", "words"),
    [
        ("?days=0", {}, "1 to 400 days"),
        ("", {"drop": "much"}, "is not a percentage"),
        ("", {"connection": "shp"}, "Did you mean shop?"),
        ("?day=9", {}, "There is no parameter 'day' here."),
    ],
)
def test_what_makes_no_sense_is_refused(manager: Api, query: str, change: dict[str, Any], words: str) -> None:
    reply = manager.post(f"rules/backtest{query}", ENTRY | change)
    assert manager.status == 422
    assert words in json.dumps(reply)


def test_a_viewer_may_not_and_to_a_stranger_nothing_exists(team: Team) -> None:
    rule = Rule.objects.get(name="Orders volume")
    viewer, stranger = person(team, Role.VIEWER, "v@example.com"), program(Team.objects.create(name="finance"))
    viewer.post("rules/backtest", ENTRY)
    assert viewer.status == 403
    viewer.post(f"rules/{rule.pk}/backtest", {})
    assert viewer.status == 403
    reply = stranger.post("rules/backtest", ENTRY)
    assert (stranger.status, "There is no connection" in json.dumps(reply)) == (422, True)
    stranger.post(f"rules/{rule.pk}/backtest", {})
    assert stranger.status == 404


def test_the_command_lists_the_alerts(team: Team) -> None:
    code, out, _ = run("backtest", "--rule", "Orders volume")
    assert code == 0
    assert "Would have alerted once in the last 30 days" in out
    assert "80 % below the mean" in out


def call_false(rule: Rule) -> None:
    day = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=5)
    said = Said("false_alarm", day, day + timedelta(days=1))
    give_feedback(rule=rule, table="", said=said, user=None, by_name="Ada", now=utc_now())


def test_what_people_said_is_told_by_rest_the_command_and_the_plan(manager: Api, team: Team, desk: Desk) -> None:
    rule = Rule.objects.get(name="Orders volume")
    call_false(rule)
    reply = manager.post(f"rules/{rule.pk}/backtest", {"drop": "30%"})
    assert "It was called false by people." in reply["sentence"]
    [trial] = reply["trials"]
    assert (trial["false_last_30_days"], [alert["said"] for alert in trial["alerts"]]) == (1, ["false_alarm"])
    assert "false" not in manager.post("rules/backtest", ENTRY)["sentence"]
    assert "(UTC) [called false]  " in run("backtest", "--rule", "Orders volume")[1]
    changed = CONFIG.replace("    column: created_at\n", "    column: created_at\n    drop: 30%\n")
    assert "It was called false by people." in desk.apply(changed, dry_run=True).past["Orders volume"]


def test_the_command_prints_one_object(team: Team) -> None:
    _, out, _ = run("backtest", "--rule", "Orders volume", "--json", "--days", "20")
    assert len(json.loads(out)["trials"][0]["points"]) in (18, 19, 20)


def test_the_command_names_the_nearest_rule(team: Team) -> None:
    code, _, err = run("backtest", "--rule", "Orders volum")
    assert (code, "Did you mean Orders volume?" in err) == (2, True)
    assert run("backtest", "--rule", "Orders volume", "--days", "401")[0] == 2


def test_the_plan_says_it_under_each_rule_that_changes(team: Team, desk: Desk) -> None:
    changed = CONFIG.replace("    column: created_at\n", "    column: created_at\n    drop: 30%\n")
    planned = desk.apply(changed, dry_run=True)
    assert list(planned.past) == ["Orders volume"]
    assert planned.past["Orders volume"].startswith("Would have alerted once in the last 30 days")
    assert desk.apply(changed).past == {}


def test_a_plan_for_a_new_connection_reads_it(desk: Desk) -> None:
    with duckdb.connect(str(desk.folder / "shop.duckdb")) as session:
        session.execute("DELETE FROM orders")
    planned = desk.apply(dry_run=True)
    assert planned.past["Orders volume"].startswith("There is no history to try it on yet. No row of main.orders")

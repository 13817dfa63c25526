"""The first steps of a team: from what is stored, at their own address, until they are done or put away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.alerts.models import Delivery, Route
from apps.alerts.services import beat, save_channel
from apps.connections.models import Connection, Table
from apps.rules.firstrun.steps import Found, Progress, first_run
from apps.rules.models import Rule
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOTHING = Found()


def test_each_step_has_its_time_and_the_next_one_is_named() -> None:
    found = Progress(NOW, Found(1, NOW + 3 * MINUTE), Found(28, NOW + 4 * MINUTE), NOTHING, NOTHING, NOTHING)
    run = first_run(found)
    assert [step.took for step in run.steps[:2]] == ["3 min", "4 min"]
    assert "28 tables were found." in run.steps[1].text
    assert run.next
    assert run.next.key == "rules"
    assert run.live_at is None


def test_the_whole_way_is_timed_in_whatever_order_it_was_gone() -> None:
    at_once = Found(1, NOW + MINUTE)
    run = first_run(Progress(NOW, at_once, Found(1, NOW + 24 * MINUTE), at_once, at_once, at_once))
    assert run.next is None
    assert run.took == "24 min"


def test_what_nobody_wrote_down_is_done_without_a_time() -> None:
    run = first_run(Progress(None, Found(1), NOTHING, NOTHING, NOTHING, NOTHING))
    assert (run.steps[0].done, run.steps[0].at, run.steps[0].took) == (True, None, "")


def test_the_steps_follow_a_team_from_nothing_to_live(sign_in: Callable[..., Client]) -> None:
    team = Team.objects.create(name="New")
    client = sign_in(Role.MANAGER, team)
    assert "/connections/connection/add/" in client.get("/").content.decode()
    store = Connection.objects.create(team=team, name="store", engine="duckdb", settings={"path": "x"})
    assert f"/connections/connection/{store.pk}/suggestions/" in client.get("/").content.decode()
    Table.objects.create(connection=store, schema="main", name="t", first_seen_at=NOW, looked_at=NOW, watched_since=NOW)
    assert "/suggestions/presets/" in client.get("/").content.decode()
    Rule.objects.create(
        team=team, name="r", connection=store, kind="freshness", table="main.t", settings={"every": "1h"}
    )
    assert "/alerts/channel/add/" in client.get("/").content.decode()
    channel = save_channel(team=team, name="hook", type="webhook", settings={"url": "http://127.0.0.1:9/"})
    untold = client.get("/").content.decode()
    route = Route.objects.get(team=team)
    assert "Nothing goes to hook yet: no rule and no route names it." in untold
    assert f"/alerts/route/{route.pk}/change/" in untold
    route.channels.add(channel)
    assert f"/alerts/channel/{channel.pk}/test/" in client.get("/").content.decode()
    now = timezone.now()
    Delivery.objects.create(
        channel=channel, kind="test", key="k", status="sent", created_at=now, due_at=now, sent_at=now
    )
    assert "You are live" in client.get("/").content.decode()
    Delivery.objects.update(sent_at=now - timedelta(days=2))
    assert "You are live" not in client.get("/").content.decode()


def test_whoever_is_live_reads_what_is_checked_and_who_is_told(viewer: Client, world: World) -> None:
    Delivery.objects.update(status="sent", sent_at=timezone.now(), kind="test")
    assert "but you are not live" in viewer.get("/first-steps/").content.decode(), "the dispatcher rests"
    for process in ("beat", "dispatcher"):
        beat(process, timezone.now())
    Delivery.objects.update(due_at=timezone.now())
    world.rule.states.update(next_check_at=timezone.now())
    page = viewer.get("/first-steps/").content.decode()
    assert "Midwatch checks round the clock" in page
    assert "1 check every" in page
    assert f"/rules/rule/{world.rule.pk}/told/" in page


def test_whoever_may_not_set_up_reads_whom_to_ask(sign_in: Callable[..., Client]) -> None:
    team = Team.objects.create(name="New")
    client = sign_in(Role.VIEWER, team)
    assert "has no manager or administrator yet" in client.get("/").content.decode()
    add_member(team=team, user=User.objects.create_user("m@example.com", name="Mona"), role=Role.MANAGER)
    page = client.get("/").content.decode()
    assert "Mona can take these steps." in page
    assert "/connections/connection/add/" not in page


def test_the_steps_are_put_away_and_brought_back(sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.MANAGER, Team.objects.create(name="New"))
    client.post("/first-steps/away/")
    assert 'id="first-steps"' not in client.get("/").content.decode()
    assert 'id="first-steps"' in client.get("/first-steps/").content.decode()
    client.post("/first-steps/away/", {"away": "no"})
    assert 'id="first-steps"' in client.get("/").content.decode()


def test_the_steps_of_another_team_do_not_exist(stranger: Client, viewer: Client, world: World) -> None:
    assert viewer.get(f"/first-steps/?team={world.team.pk}").status_code == 200
    assert stranger.get(f"/first-steps/?team={world.team.pk}").status_code == 404
    assert stranger.get("/first-steps/?team=x").status_code == 404

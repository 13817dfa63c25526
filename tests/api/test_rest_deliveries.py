"""Deliveries over REST."""

from __future__ import annotations

import pytest

from apps.alerts.models import Channel, Delivery
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import person, program


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def dead(team: Team) -> Delivery:
    return Delivery.objects.create(
        channel=Channel.objects.filter(team=team)[0],
        kind="opened",
        key="event-1-channel-1",
        status="dead",
        error="The receiver answered 410.",
        created_at=NIGHT,
        due_at=NIGHT,
        attempts=1,
    )


def test_deliveries_are_listed_by_status(team: Team, dead: Delivery) -> None:
    api = program(team)
    (item,) = api.get("deliveries?status=dead")["items"]
    assert (item["id"], item["error"], item["fallback_of"]) == (dead.pk, "The receiver answered 410.", None)
    assert api.get("deliveries?status=sent")["items"] == []
    assert api.get("deliveries?status=lost")["field"] == "status"


def test_an_operator_sends_again_what_was_given_up(team: Team, dead: Delivery) -> None:
    reply = person(team, Role.OPERATOR, "ada@example.com").post(f"deliveries/{dead.pk}/replay")
    assert (reply["status"], reply["attempts"]) == ("queued", 0)


def test_what_waits_already_is_not_sent_again(team: Team, dead: Delivery) -> None:
    api = program(team)
    api.post(f"deliveries/{dead.pk}/replay")
    assert "this one is waiting" in api.post(f"deliveries/{dead.pk}/replay")["error"]
    assert api.status == 422


def test_a_viewer_may_read_but_not_send(team: Team, dead: Delivery) -> None:
    viewer = person(team, Role.VIEWER, "eve@example.com")
    assert viewer.get(f"deliveries/{dead.pk}")["status"] == "dead"
    viewer.post(f"deliveries/{dead.pk}/replay")
    assert viewer.status == 403


@pytest.mark.parametrize("path", ["deliveries/{pk}", "deliveries/{pk}/replay"])
def test_for_a_stranger_the_delivery_does_not_exist(dead: Delivery, path: str) -> None:
    stranger = program(Team.objects.create(name="finance"))
    stranger.call("post" if path.endswith("replay") else "get", path.format(pk=dead.pk))
    assert (stranger.status, stranger.get("deliveries")["count"]) == (404, 0)

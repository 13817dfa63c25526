"""The pages of deliveries: what became of a message, why, and sending it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from apps.alerts.models import Channel, ChannelState, Delivery
from apps.common.clock import utc_now
from apps.teams.models import Team
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(world: World) -> Delivery:
    Delivery.objects.filter(pk=world.delivery.pk).update(status="dead", error="The receiver answered 410.", attempts=1)
    world.delivery.refresh_from_db()
    return world.delivery


def test_an_operator_sends_again_what_was_given_up(operator: Client, dead: Delivery) -> None:
    assert "Send again" in operator.get(f"/alerts/delivery/{dead.pk}/change/").content.decode()
    answer = operator.post(f"/alerts/delivery/{dead.pk}/replay/", follow=True)
    assert "is sent again" in answer.content.decode()
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("queued", 0)


def test_it_can_be_sent_again_from_the_page_of_its_channel(operator: Client, dead: Delivery, world: World) -> None:
    page = operator.get(f"/alerts/channel/{world.channel.pk}/change/").content.decode()
    assert f"/alerts/delivery/{dead.pk}/replay/" in page
    answer = operator.post(f"/alerts/delivery/{dead.pk}/replay/", {"from": "channel"})
    assert answer.headers["Location"] == f"/alerts/channel/{world.channel.pk}/change/"


def test_a_viewer_sees_no_button_and_may_not_press_it(viewer: Client, dead: Delivery) -> None:
    assert "Send again" not in viewer.get(f"/alerts/delivery/{dead.pk}/change/").content.decode()
    assert viewer.post(f"/alerts/delivery/{dead.pk}/replay/").status_code == 403


def test_for_a_stranger_there_is_none(stranger: Client, dead: Delivery) -> None:
    assert stranger.get(f"/alerts/delivery/{dead.pk}/change/").status_code == 404
    assert stranger.post(f"/alerts/delivery/{dead.pk}/replay/").status_code == 404


def test_what_something_newer_passed_cannot_be_sent_again(operator: Client, dead: Delivery, world: World) -> None:
    now = utc_now()
    Delivery.objects.create(
        channel=dead.channel, incident=dead.incident or world.incident, kind="resolved", key="newer", status="sent",
        created_at=now, due_at=now,
    )  # fmt: skip
    Delivery.objects.filter(pk=dead.pk).update(incident=world.incident)
    assert "Send again" not in operator.get(f"/alerts/delivery/{dead.pk}/change/").content.decode()
    answer = operator.post(f"/alerts/delivery/{dead.pk}/replay/", follow=True)
    assert "news of yesterday" in answer.content.decode()


def test_the_list_says_why_a_message_stands_where_it_does(viewer: Client, dead: Delivery, world: World) -> None:
    now = utc_now()
    common = {"incident": world.incident, "kind": "opened", "created_at": now, "due_at": now + timedelta(hours=1)}
    other = Channel.objects.create(team=world.team, name="other", type="email")
    Delivery.objects.create(channel=other, key="held", status="held", held_because="Quiet hours of Ada.", **common)
    missed = {"fallback": {"channel": "ops-hook", "error": "gone", "tried": [1]}}
    Delivery.objects.create(channel=other, key="stand-in", status="sent", facts=missed, fallback_of=dead, **common)
    page = viewer.get("/alerts/delivery/").content.decode()
    for words in ("Quiet hours of Ada.", "Stands in for ops-hook.", "The receiver answered 410.", "Held back"):
        assert words in page
    assert "Told instead" in viewer.get(f"/alerts/delivery/{dead.pk}/change/").content.decode()


def test_a_broken_channel_says_so_on_its_page(viewer: Client, world: World) -> None:
    ChannelState.objects.create(channel=world.channel, broken_since=utc_now(), error="The receiver answered 410.")
    page = viewer.get(f"/alerts/channel/{world.channel.pk}/change/").content.decode()
    assert "Messages are given up since" in page
    assert "The receiver answered 410." in page


def test_a_manager_chooses_the_fallback_of_a_channel_among_those_of_the_team(manager: Client, world: World) -> None:
    other = Channel.objects.create(team=world.team, name="other", type="email")
    theirs = Channel.objects.create(team=Team.objects.create(name="Strangers"), name="theirs", type="email")
    address = f"/alerts/channel/{world.channel.pk}/change/"
    page = manager.get(address).content.decode()
    assert f'<option value="{other.pk}"' in page
    assert f'<option value="{theirs.pk}"' not in page
    for chosen, expected in ((theirs, None), (other, other)):
        manager.post(address, {"name": "hook", "settings-url": "http://127.0.0.1:9/hook", "fallback": chosen.pk})
        world.channel.refresh_from_db()
        assert world.channel.fallback == expected

"""The canary goes the whole way of an alert, and nobody but Midwatch notices (S004-46)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from apps.alerts.models import Channel, Delivery, Heartbeat, Incident
from apps.alerts.services import CHANNELS, deliver_due, proven_at, save_channel
from apps.alerts.watching import canary
from apps.alerts.watching.canary import AT_MOST, EVERY, find_unproven, fly
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def pass_time(until: datetime, *, start: datetime, dispatching: bool = True) -> None:
    """What dispatchers do, each second of `start` to `until`."""
    at = start
    while at <= until:
        fly(now=at)
        if dispatching:
            deliver_due(now_source=lambda at=at: at)  # type: ignore[misc]
        at += SECOND


def test_the_first_flight_begins_at_once_and_proves_the_way_within_seconds() -> None:
    pass_time(NOW + 10 * SECOND, start=NOW)
    proof = proven_at()
    assert proof is not None
    assert proof - NOW < 10 * SECOND


def test_nothing_is_left_of_a_flight_but_the_time_of_the_proof() -> None:
    pass_time(NOW + 10 * SECOND, start=NOW)
    assert not Incident.objects.exists()
    assert not Delivery.objects.exists()
    assert Heartbeat.objects.get(process="canary").details["seconds"] < 10


def test_it_flies_again_after_a_quarter_of_an_hour() -> None:
    pass_time(NOW + 10 * SECOND, start=NOW)
    first = proven_at()
    pass_time(NOW + EVERY - SECOND, start=NOW + EVERY - 2 * SECOND)
    assert proven_at() == first
    pass_time(NOW + EVERY + 10 * SECOND, start=NOW + EVERY)
    second = proven_at()
    assert second is not None
    assert second >= NOW + EVERY


def test_where_nobody_sends_it_the_way_is_soon_called_unproven() -> None:
    pass_time(NOW + 10 * SECOND, start=NOW)
    late = NOW + EVERY + AT_MOST + 10 * SECOND
    pass_time(late, start=NOW + EVERY, dispatching=False)
    trouble = find_unproven(late)
    assert trouble is not None
    assert "was last proven 20 min ago" in trouble.sentence
    assert "the message of the canary had not arrived after 5 min" in trouble.sentence
    assert not Incident.objects.exists()


def test_a_new_installation_has_time_for_its_first_flight() -> None:
    assert find_unproven(NOW) is None
    pass_time(NOW + 2 * SECOND, start=NOW, dispatching=False)
    assert find_unproven(NOW + EVERY) is None
    unproven = find_unproven(NOW + timedelta(hours=1))
    assert unproven is not None
    assert "has not been proven yet" in unproven.sentence


def test_of_two_dispatchers_that_see_the_same_one_takes_the_step() -> None:
    fly(now=NOW)
    seen = Heartbeat.objects.get(process="canary")
    assert [canary._begin(seen, NOW + SECOND), canary._begin(seen, NOW + SECOND)] == [1, 0]
    assert Incident.objects.count() == 1


def test_a_clock_that_was_ahead_does_not_stop_it() -> None:
    pass_time(NOW + timedelta(days=1, seconds=10), start=NOW + timedelta(days=1))
    pass_time(NOW + 10 * SECOND, start=NOW)
    proof = proven_at()
    assert proof is not None
    assert proof < NOW + timedelta(minutes=1)


def test_people_never_meet_its_channel_or_team() -> None:
    pass_time(NOW + 10 * SECOND, start=NOW)
    assert not Team.objects.exists()
    assert not Channel.objects.exists()


def test_nobody_can_choose_a_channel_that_swallows_everything(team: Team) -> None:
    assert "canary" not in list(CHANNELS)
    with pytest.raises(InvalidInput, match="no channel type"):
        save_channel(team=team, name="hole", type="canary", settings={})


def test_not_even_a_superuser_meets_it_while_it_flies(client: Client) -> None:
    pass_time(NOW + 3 * SECOND, start=NOW, dispatching=False)
    assert Incident.objects.exists()
    client.force_login(User.objects.create_superuser("root@example.com"))
    for address in ("/alerts/incident/", "/alerts/delivery/", "/alerts/channel/", "/api/v1/incidents", "/teams/team/"):
        assert "anary" not in client.get(address).content.decode(), address


def test_the_list_of_open_incidents_leaves_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    pass_time(NOW + 3 * SECOND, start=NOW, dispatching=False)
    call_command("incidents")
    assert capsys.readouterr().out == "There are no open incidents.\n"

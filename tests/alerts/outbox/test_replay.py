"""A person sends again what was given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox.fallback import fall_back
from apps.alerts.services import Recovery, replay, report
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, deliver, found
from tests.alerts.outbox.conftest import HOUR
from tests.servers.http import Answer, HttpServer

Timeline = Callable[[Incident], list[str]]


@pytest.fixture
def dead(team: Team, hook: Channel, http: HttpServer) -> Delivery:
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    return Delivery.objects.get()


def test_it_is_sent_again_under_its_key(dead: Delivery, http: HttpServer, anna: User, timeline: Timeline) -> None:
    replay(delivery=dead, user=anna, now=NOW + HOUR)
    assert deliver(NOW + HOUR) == 1
    first, second = http.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("sent", 1)
    assert dead.incident
    assert "Anna Berg sends the message “Opened” to ops-hook again." in timeline(dead.incident)


def test_a_program_is_named_too(dead: Delivery, timeline: Timeline) -> None:
    replay(delivery=dead, user=None, by="The API token deploy", now=NOW + HOUR)
    assert dead.incident
    assert timeline(dead.incident)[-1].startswith("The API token deploy sends the message")


def test_one_that_fails_again_falls_back(dead: Delivery, anna: User, mail: Channel, http: HttpServer) -> None:
    replay(delivery=dead, user=anna, now=NOW + HOUR)
    http.answers.append(Answer(410))
    deliver(NOW + HOUR)
    assert fall_back(now=NOW + HOUR) == 1
    assert Delivery.objects.filter(channel=mail).count() == 1


def test_one_that_was_told_elsewhere_is_not_told_there_again(
    dead: Delivery, anna: User, mail: Channel, http: HttpServer
) -> None:
    fall_back(now=NOW)
    replay(delivery=dead, user=anna, now=NOW + HOUR)
    http.answers.append(Answer(410))
    deliver(NOW + HOUR)
    assert fall_back(now=NOW + HOUR) == 0


def test_only_what_was_given_up_can_be_sent_again(dead: Delivery, anna: User) -> None:
    replay(delivery=dead, user=anna, now=NOW)
    with pytest.raises(InvalidInput, match="this one is waiting"):
        replay(delivery=dead, user=anna, now=NOW)


def test_an_opening_is_not_sent_after_its_end(dead: Delivery, anna: User) -> None:
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + HOUR)
    deliver(NOW + HOUR)
    with pytest.raises(InvalidInput, match="news of yesterday"):
        replay(delivery=dead, user=anna, now=NOW + HOUR)


def test_an_opening_of_what_is_over_is_not_sent_even_when_its_end_was_given_up_too(dead: Delivery, anna: User) -> None:
    Incident.objects.update(status="resolved", resolved_at=NOW + HOUR)
    with pytest.raises(InvalidInput, match="The incident is over"):
        replay(delivery=dead, user=anna, now=NOW + HOUR)

"""What waits is sent once, in order, again when it failed, and given up with a word about it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox import queue
from apps.alerts.outbox.outcome import Attempt
from apps.alerts.outbox.queue import LEASE
from apps.alerts.services import Recovery, report, save_channel, send_test
from apps.teams.models import Team
from tests.alerts.conftest import KEY, NOW, deliver, found, text_of
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

Timeline = Callable[[Incident], list[str]]
DAY = timedelta(days=1)


def recover(at: datetime = NOW) -> None:
    report(findings=[], recoveries=[Recovery(KEY)], now=at)


def types(http: HttpServer) -> list[str]:
    return [request.body.split(b'"')[3].decode() for request in http.requests]


def test_opening_and_end_are_sent_in_their_order(team: Team, hook: Channel, http: HttpServer) -> None:
    found(team, hook)
    assert deliver() == 1
    recover()
    assert deliver() == 1
    assert types(http) == ["incident.opened", "incident.resolved"]


def test_the_end_waits_while_the_opening_is_being_sent(team: Team, hook: Channel, http: HttpServer) -> None:
    found(team, hook)
    opening = queue.claim_next(now=NOW)
    recover()
    assert deliver() == 0
    assert opening
    queue.finish(opening, Attempt(sent=True, text=""), now=NOW)
    assert deliver() == 1
    assert types(http) == ["incident.resolved"]


def test_a_failing_channel_does_not_hold_another_back(
    team: Team, hook: Channel, http: HttpServer, mail: Channel, smtp: SmtpServer
) -> None:
    http.answers.extend([Answer(500), Answer(500)])
    found(team, hook, mail)
    assert deliver() == 2
    assert len(smtp.mails) == 1


def test_an_unforeseen_error_in_one_message_does_not_stop_the_others(
    team: Team, mail: Channel, hook: Channel, http: HttpServer
) -> None:
    broken = found(team, mail, key="rule/1/a", severity="colorless")
    found(team, hook, key="rule/2/b")
    assert deliver() == 2
    assert types(http) == ["incident.opened"]
    assert "could not build or send the message (KeyError)" in broken.deliveries.get().error


def test_the_most_severe_goes_first(team: Team, hook: Channel, http: HttpServer) -> None:
    for severity in ("low", "critical", "high"):
        found(team, hook, key=f"rule/{severity}", severity=severity)
    deliver()
    sent = Delivery.objects.order_by("pk").values_list("incident__severity", flat=True)
    assert list(sent) == ["low", "critical", "high"]
    assert [b'"severity":"critical"' in request.body for request in http.requests] == [True, False, False]


def test_a_retry_waits_as_long_as_the_receiver_asks(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(429, headers={"Retry-After": "300"}))
    found(team, hook)
    deliver()
    assert deliver(NOW + timedelta(seconds=299)) == 0
    assert deliver(NOW + timedelta(seconds=300)) == 1
    assert http.requests[0].headers["webhook-id"] == http.requests[1].headers["webhook-id"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_permanent_refusal_ends_at_once_and_says_what_to_do(
    team: Team, hook: Channel, http: HttpServer, timeline: Timeline, status: int
) -> None:
    http.answers.append(Answer(status, body=b"no such hook"))
    incident = found(team, hook)
    deliver()
    assert deliver(NOW + DAY) == 0
    assert incident.deliveries.get().status == "dead"
    assert f"answered {status}: “no such hook”." in timeline(incident)[-1]
    assert timeline(incident)[-1].endswith("Correct the channel, then send the message again from its page.")


def test_a_message_is_given_up_when_the_plan_is_used_up(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.extend([Answer(500)] * 20)
    incident = found(team, hook)
    attempts = sum(deliver(NOW + day * DAY) for day in range(20))
    assert (attempts, incident.deliveries.get().status) == (7, "dead")


def test_an_end_whose_opening_never_arrived_says_so(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    smtp.refuse["ops@example.com"] = "550 no such user"
    found(team, mail)
    deliver()
    smtp.refuse.clear()
    recover()
    deliver()
    assert "The message about the beginning of this trouble could not be delivered" in text_of(smtp.mails[0])


def test_a_lapsed_lease_is_taken_back_and_noted_as_unconfirmed(
    team: Team, mail: Channel, smtp: SmtpServer, timeline: Timeline
) -> None:
    incident = found(team, mail)
    queue.claim_next(now=NOW)
    assert deliver(NOW + LEASE) == 0
    assert deliver(NOW + LEASE + timedelta(seconds=1)) == 1
    assert "was cut off, and nobody knows whether it arrived" in timeline(incident)[2]
    assert "This message may be a repeat" in text_of(smtp.mails[0])


def test_who_comes_late_writes_nothing(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail)
    slow = queue.claim_next(now=NOW)
    assert slow
    deliver(NOW + LEASE * 2)
    assert not queue.finish(slow, Attempt(sent=False, text="late", permanent=True), now=NOW + LEASE * 3)
    assert Delivery.objects.get().status == "sent"


def test_a_delivery_that_kills_its_sender_each_time_is_given_up(team: Team, mail: Channel) -> None:
    incident = found(team, mail)
    for number in range(10):
        queue.take_back(now=NOW + number * DAY)
        queue.claim_next(now=NOW + number * DAY)
    assert incident.deliveries.get().status == "dead"


def test_a_test_message_arrives_and_is_marked_as_one(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    delivery = send_test(channel=mail, now=NOW)
    deliver()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.receipt) == ("sent", "The mail server accepted 1 mail.")
    assert smtp.mails[0]["Subject"] == "[Test] Midwatch reaches ops-mail"


def test_a_channel_with_incomplete_settings_is_given_up_with_its_reason(team: Team, mail: Channel) -> None:
    Channel.objects.update(settings={})
    found(team, mail)
    deliver()
    assert Delivery.objects.get().error == "The channel's settings are not complete: 'to' is missing."


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_send_everything_once(team: Team, http: HttpServer) -> None:
    hooks = [save_channel(team=team, name=f"hook {n}", type="webhook", settings={"url": http.url}) for n in range(3)]
    for number in range(10):
        found(team, *hooks, key=f"rule/{number}")
    barrier = threading.Barrier(2)

    def sweep() -> None:
        barrier.wait()
        deliver()
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver()
    ids = [request.headers["webhook-id"] for request in http.requests]
    assert (len(ids), len(set(ids))) == (30, 30)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}

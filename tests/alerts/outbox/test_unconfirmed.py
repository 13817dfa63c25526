"""What is done when nobody knows whether a message arrived depends on what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox import queue
from apps.alerts.outbox.queue import LEASE
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found, text_of
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

Timeline = Callable[[Incident], list[str]]
LATER = NOW + LEASE + timedelta(seconds=1)


def message(incident: Incident, channel: Channel, kind: str) -> Delivery:
    facts = {**incident.facts, "severity": "high", "change": "It got worse."}
    return Delivery.objects.create(
        channel=channel, incident=incident, kind=kind, key=f"of-{kind}", facts=facts, created_at=NOW, due_at=NOW
    )


@pytest.fixture
def incident(team: Team, mail: Channel, smtp: SmtpServer) -> Incident:
    incident = found(team, mail)
    deliver()
    smtp.mails.clear()
    return incident


@pytest.mark.parametrize("kind", ["reopened", "escalated", "resolved"])
def test_what_must_not_be_missed_is_sent_again_and_says_so(
    incident: Incident, mail: Channel, smtp: SmtpServer, kind: str
) -> None:
    message(incident, mail, kind)
    queue.claim_next(now=NOW)
    assert deliver(LATER) == 1
    assert "This message may be a repeat" in text_of(smtp.mails[0])


@pytest.mark.parametrize("kind", ["changed", "reminder"])
def test_an_update_that_may_have_arrived_is_not_sent_again(
    incident: Incident, mail: Channel, smtp: SmtpServer, timeline: Timeline, kind: str
) -> None:
    update = message(incident, mail, kind)
    queue.claim_next(now=NOW)
    assert deliver(LATER) == 0
    update.refresh_from_db()
    assert update.status == "superseded"
    assert "may have arrived, and a second one would only confuse" in timeline(incident)[-1]


def test_an_update_that_surely_did_not_arrive_is_tried_again(
    incident: Incident, mail: Channel, smtp: SmtpServer
) -> None:
    message(incident, mail, "changed")
    smtp.refuse["ops@example.com"] = "451 later"
    deliver()
    smtp.refuse.clear()
    assert deliver(NOW + timedelta(minutes=1)) == 1


def test_an_update_is_repeated_where_the_receiver_knows_a_repeat(team: Team, hook: Channel, http: HttpServer) -> None:
    incident = found(team, hook)
    deliver()
    message(incident, hook, "changed")
    http.answers.append(Answer(503))
    deliver()
    assert deliver(NOW + timedelta(minutes=1)) == 1
    assert http.requests[1].headers["webhook-id"] == http.requests[2].headers["webhook-id"]


def test_a_clock_that_is_put_back_delays_nothing(team: Team, hook: Channel, http: HttpServer) -> None:
    day = timedelta(days=1)
    found(team, hook, at=NOW + day)
    found(team, hook, key="rule/2/other", at=NOW + day)
    queue.claim_next(now=NOW + day)
    assert deliver(NOW) == 2  # one of them is taken back, for its lease was given by a clock that ran ahead

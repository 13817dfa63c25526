"""A mail that goes to several people: each gets it once, whatever happens to the others or to the sender."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox import dispatcher, queue
from apps.alerts.outbox.outcome import Attempt
from apps.alerts.outbox.queue import LEASE
from apps.alerts.services import replay, save_channel
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found, text_of
from tests.servers.smtp import SmtpServer

Timeline = Callable[[Incident], list[str]]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ANN, BEN, CYD = "ann@example.com", "ben@example.com", "cyd@example.com"


@pytest.fixture
def three(team: Team, smtp: SmtpServer) -> Channel:
    return save_channel(team=team, name="three", type="email", settings={"to": [ANN, BEN, CYD]})


@pytest.fixture
def incident(team: Team, three: Channel) -> Incident:
    return found(team, three)


def is_repeat(smtp: SmtpServer) -> list[bool]:
    return ["may be a repeat" in text_of(mail) for mail in smtp.mails]


def cut_off(**served: str) -> None:
    """A dispatcher dies when it got so far."""
    delivery = queue.claim_next(now=NOW)
    assert delivery
    delivery.served = {f"{name}@example.com": how for name, how in served.items()}
    assert queue.keep(delivery, now=NOW)


def test_who_has_the_mail_gets_no_second_one_when_another_has_to_wait(
    incident: Incident, smtp: SmtpServer, timeline: Timeline
) -> None:
    smtp.refuse[ANN] = "451 try later"
    deliver()
    assert "Not accepted for ann@example.com: 451 try later." in Delivery.objects.get().error
    smtp.refuse.clear()
    deliver(NOW + MINUTE)
    assert smtp.recipients == [BEN, CYD, ANN]
    assert is_repeat(smtp) == [False] * 3
    assert timeline(incident)[-1] == "Opened: told three. The mail server accepted 3 mails."


def test_whom_the_server_refuses_for_good_is_not_tried_again_and_stays_named(
    incident: Incident, smtp: SmtpServer, timeline: Timeline
) -> None:
    smtp.refuse.update({ANN: "550 no such user", BEN: "451 try later"})
    deliver()
    smtp.refuse = {BEN: ""}
    deliver(NOW + MINUTE)
    smtp.refuse.clear()
    deliver(NOW + 10 * MINUTE)
    assert smtp.recipients == [CYD, BEN]
    end = "The mail server accepted 2 mails. Not accepted for ann@example.com: 550 no such user."
    assert timeline(incident)[-1].endswith(end)


def test_a_delivery_that_is_taken_over_goes_only_to_whom_nobody_served(incident: Incident, smtp: SmtpServer) -> None:
    cut_off(ann="accepted", ben="doubtful")
    deliver(NOW + LEASE + SECOND)
    assert smtp.recipients == [CYD, BEN]
    assert is_repeat(smtp) == [False, True]


def test_an_update_that_was_cut_off_goes_to_whom_it_surely_did_not_reach(incident: Incident, smtp: SmtpServer) -> None:
    Delivery.objects.update(kind="changed", facts=incident.facts | {"change": "It got worse.", "severity": "high"})
    cut_off(ann="accepted", ben="doubtful")
    deliver(NOW + LEASE + SECOND)
    assert smtp.recipients == [CYD]
    delivery = Delivery.objects.get()
    assert delivery.status == "sent"
    assert delivery.receipt == "The mail server accepted 2 mails. Nobody knows whether it arrived at ben@example.com."


def test_a_connection_that_breaks_off_at_one_keeps_it_from_nobody_else(incident: Incident, smtp: SmtpServer) -> None:
    smtp.refuse[BEN] = ""
    deliver()
    assert (smtp.recipients, Delivery.objects.get().unconfirmed) == ([ANN], True)
    assert "1 recipient is not served yet" in Delivery.objects.get().error
    deliver(NOW + MINUTE)
    assert smtp.recipients == [ANN, CYD]


def test_a_server_that_ends_the_conversation_at_one_leaves_the_others_in_no_doubt(
    incident: Incident, smtp: SmtpServer
) -> None:
    smtp.refuse[ANN] = "421 too much for now"
    deliver()
    assert (smtp.recipients, Delivery.objects.get().unconfirmed) == ([], False)
    deliver(NOW + MINUTE)
    assert (smtp.recipients, is_repeat(smtp)) == ([BEN, CYD], [False] * 2)


def test_who_sends_for_long_keeps_the_lease(incident: Incident) -> None:
    delivery = queue.claim_next(now=NOW)
    assert delivery
    assert queue.keep(delivery, now=NOW + LEASE)
    assert not queue.lapsed(now=NOW + 2 * LEASE).exists()
    assert queue.finish(delivery, Attempt(sent=True, text=""), now=NOW + 2 * LEASE)


def test_who_lost_the_lease_sends_to_nobody_more(incident: Incident, smtp: SmtpServer) -> None:
    slow = queue.claim_next(now=NOW)
    assert slow
    queue.take_back(now=NOW + LEASE + SECOND)
    attempt = dispatcher.attempt(slow, now_source=lambda: NOW)
    assert (attempt.sent, smtp.mails) == (False, [])


def test_when_the_plan_is_used_up_the_timeline_says_who_was_not_reached(
    incident: Incident, smtp: SmtpServer, timeline: Timeline
) -> None:
    smtp.refuse[BEN] = "451 try later"
    for day in range(8):
        deliver(NOW + timedelta(days=day))
    assert smtp.recipients == [ANN, CYD]
    assert Delivery.objects.get().status == "sent"
    assert timeline(incident)[-1] == (
        "The message to three reached 2 recipients and was given up for the others: "
        "Not accepted for ben@example.com: 451 try later."
    )
    incident.refresh_from_db()
    assert incident.notified_at is not None


def test_a_person_who_sends_it_again_tries_those_who_were_refused(incident: Incident, smtp: SmtpServer) -> None:
    smtp.refuse.update(dict.fromkeys((ANN, BEN, CYD), "550 no such user"))
    deliver()
    smtp.refuse.clear()
    replay(delivery=Delivery.objects.get(), user=None, now=NOW + MINUTE, by="CI")
    deliver(NOW + MINUTE)
    assert smtp.recipients == [ANN, BEN, CYD]

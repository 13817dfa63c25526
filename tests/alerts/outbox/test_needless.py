"""A newer message supersedes unsent older ones, and the timeline says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import Recovery, report
from apps.teams.models import Team
from tests.alerts.conftest import KEY, NOW, deliver, finding, found, text_of
from tests.alerts.outbox.conftest import HOUR, MINUTE, bodies, statuses
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

Timeline = Callable[[Incident], list[str]]


def recover(after: timedelta) -> None:
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + after)


def test_beginning_and_end_that_are_both_unsent_become_one_message(
    team: Team, mail: Channel, smtp: SmtpServer, timeline: Timeline
) -> None:
    incident = found(team, mail)
    recover(2 * HOUR)
    assert deliver(NOW + 2 * HOUR) == 1
    (only,) = smtp.mails
    assert str(only["Subject"]).startswith("[Resolved]")
    assert "was broken from 08:20 to 10:20 (Europe/Berlin)" in str(only["Subject"])
    assert "This is the only message about this trouble" in text_of(only)
    assert statuses(incident) == {("opened", "ops-mail"): "superseded", ("resolved", "ops-mail"): "sent"}
    assert "one message tells both" in " ".join(timeline(incident))


def test_an_opening_that_failed_is_combined_with_the_end(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(429))
    incident = found(team, hook)
    deliver()
    recover(MINUTE)
    deliver(NOW + MINUTE)
    assert [body["type"] for body in bodies(http)] == ["incident.opened", "incident.resolved"]
    assert statuses(incident)["opened", "ops-hook"] == "superseded"


def test_an_opening_that_is_unsent_carries_what_changed_since(
    team: Team, mail: Channel, smtp: SmtpServer, timeline: Timeline
) -> None:
    incident = found(team, mail, severity="medium")
    report(findings=[finding(team, mail, severity="critical", age_seconds=9000.0)], recoveries=[], now=NOW + MINUTE)
    assert deliver(NOW + MINUTE) == 1
    assert str(smtp.mails[0]["Subject"]).startswith("[Critical] Orders keep arriving")
    assert "2 h 30 min" in text_of(smtp.mails[0])
    assert "because the rule “Orders keep arriving” names this channel" in text_of(smtp.mails[0])
    assert statuses(incident) == {("opened", "ops-mail"): "sent", ("changed", "ops-mail"): "superseded"}
    assert "“Opened”, which had not gone out yet, says it" in " ".join(timeline(incident))


def test_messages_of_another_channel_or_incident_stay(team: Team, mail: Channel, hook: Channel) -> None:
    found(team, mail, hook)
    found(team, mail, key="rule/2/main.other")
    assert deliver() == 3
    recover(MINUTE)
    assert deliver(NOW + MINUTE) == 2
    assert "superseded" not in set(Delivery.objects.values_list("status", flat=True))


def test_a_retried_key_is_that_of_the_message_that_goes_out(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(503))
    found(team, hook)
    recover(MINUTE)
    deliver(NOW + MINUTE)
    deliver(NOW + 3 * MINUTE)
    first, second = http.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Delivery.objects.get(kind="resolved").attempts == 2


def test_an_escalation_that_carries_the_beginning_is_when_people_were_told(team: Team, mail: Channel) -> None:
    incident = found(team, mail)
    opening = Delivery.objects.get()
    Delivery.objects.create(
        channel=mail, incident=incident, kind="escalated", key="step", facts=opening.facts, created_at=NOW, due_at=NOW
    )
    deliver()
    incident.refresh_from_db()
    assert incident.notified_at == NOW

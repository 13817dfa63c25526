"""A channel that does not take messages is an incident of its own, told by another way."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Channel, ChannelState, Incident
from apps.alerts.outbox.brokenchannels import watch_channels
from apps.alerts.services import close_as, send_test
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW, deliver, found
from tests.alerts.outbox.conftest import HOUR, MINUTE, sent_to
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(team: Team, hook: Channel, mail: Channel, http: HttpServer) -> Incident:
    """ops-hook is gone, and ops-mail was told."""
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    assert watch_channels(now=NOW) == 1
    return Incident.objects.get(key=f"channel/{hook.pk}")


def test_it_is_told_on_another_channel(broken: Incident, smtp: SmtpServer, hook: Channel) -> None:
    assert (broken.title, broken.severity) == ("The channel ops-hook does not take messages", "high")
    deliver()
    assert [str(mail["Subject"]) for mail in smtp.mails] == ["[High] The channel ops-hook does not take messages"]
    assert not broken.deliveries.filter(channel=hook).exists()


def test_the_next_success_closes_it(broken: Incident, hook: Channel, smtp: SmtpServer) -> None:
    deliver()
    send_test(channel=hook, now=NOW + HOUR)
    deliver(NOW + HOUR)
    assert watch_channels(now=NOW + HOUR) == 1
    deliver(NOW + HOUR)
    broken.refresh_from_db()
    assert broken.status == "resolved"
    assert "The channel ops-hook takes messages again" in str(smtp.mails[-1]["Subject"])


def test_it_is_opened_once_however_many_messages_fail(
    broken: Incident, team: Team, hook: Channel, http: HttpServer
) -> None:
    http.answers.append(Answer(410))
    found(team, hook, key="rule/2/other")
    deliver(NOW + MINUTE)
    assert watch_channels(now=NOW + MINUTE) == 0


def test_one_that_a_person_closed_is_opened_again_by_the_next_failure_only(
    broken: Incident, team: Team, hook: Channel, http: HttpServer, anna: User
) -> None:
    close_as(incident=broken, user=anna, now=NOW + MINUTE)
    assert watch_channels(now=NOW + 2 * MINUTE) == 0
    http.answers.append(Answer(410))
    found(team, hook, key="rule/2/other", at=NOW + 3 * MINUTE)
    deliver(NOW + 3 * MINUTE)
    assert watch_channels(now=NOW + 3 * MINUTE) == 1
    broken.refresh_from_db()
    assert (broken.status, broken.reopened) == ("open", 1)


def test_the_incident_of_a_deleted_channel_is_closed(broken: Incident, hook: Channel) -> None:
    hook.delete()
    assert watch_channels(now=NOW + MINUTE) == 1
    broken.refresh_from_db()
    assert broken.status == "resolved"


def test_without_another_channel_the_managers_hear_of_it(
    team: Team, hook: Channel, http: HttpServer, smtp: SmtpServer, manager: User
) -> None:
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    watch_channels(now=NOW)
    deliver()
    assert sent_to(smtp) == ["lea@example.com"]


def test_a_managers_own_address_that_is_refused_is_told_as_such(
    team: Team, smtp: SmtpServer, mail: Channel, manager: User
) -> None:
    smtp.refuse["lea@example.com"] = "550 no such user"
    own = Channel.every.create(team=team, person=manager, name="Lea Manager", type="email")
    found(team, own)
    deliver()
    watch_channels(now=NOW)
    incident = Incident.objects.get(key=f"mailbox/{own.pk}")
    assert incident.title == "The mail to Lea Manager is not taken"
    assert [row.channel for row in incident.deliveries.all()] == [mail]


def test_a_failed_test_opens_nothing(hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(410))
    send_test(channel=hook, now=NOW)
    deliver()
    assert watch_channels(now=NOW) == 0


def test_what_waits_is_tried_at_once_when_the_channel_works_again(
    broken: Incident, team: Team, hook: Channel, http: HttpServer
) -> None:
    http.answers.append(Answer(503))
    found(team, hook, key="rule/2/other")
    deliver()
    assert deliver(NOW + MINUTE / 4) == 0
    send_test(channel=hook, now=NOW + MINUTE / 4)
    assert deliver(NOW + MINUTE / 4) == 2
    assert ChannelState.objects.get(channel=hook).broken_since is None


def test_idle_it_only_reads(team: Team) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert watch_channels(now=NOW) == 0
    assert [query["sql"][:6] for query in asked] == ["SELECT", "SELECT"]

"""A server that answers a byte now and then, and evidence that takes for ever: neither keeps a sender busy for long."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.mail import get_connection
from django.db import OperationalError, connection
from pytest_django import Settings

from apps.alerts.channels.smtp import at_most
from apps.alerts.models import Channel, Incident
from apps.alerts.services import Evidence
from apps.common.timelimit import reads_within
from apps.teams.models import Team
from tests.alerts.conftest import deliver, found
from tests.servers.silent import SilentServer
from tests.servers.smtp import SmtpServer

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 9 + 1 FROM n) SELECT count(*) FROM n"


def count_for_ever() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS)


def endless_evidence(incident: Incident, *, now: datetime) -> Evidence:
    count_for_ever()
    return Evidence()


def test_a_mail_server_that_never_ends_its_greeting_is_left(smtp: SmtpServer, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = None  # a byte now and then would start it anew each time
    with SilentServer(says=b"220 mail.exam") as slow:
        settings.EMAIL_PORT = slow.port
        backend = get_connection()
        with pytest.raises(TimeoutError), at_most(0.2, backend):
            backend.open()


def test_a_mail_server_that_never_says_goodbye_is_left(smtp: SmtpServer, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = None
    with SilentServer(behind=smtp.port, until=b"quit") as slow:
        settings.EMAIL_PORT = slow.port
        backend = get_connection()
        assert backend.open()
        with pytest.raises(TimeoutError), at_most(0.2, backend):
            backend.close()
        assert slow.reached.is_set()


@pytest.mark.django_db
def test_reads_that_take_too_long_end_and_the_transaction_goes_on(team: Team) -> None:
    with pytest.raises(OperationalError), reads_within(0.1):
        count_for_ever()
    with pytest.raises(OperationalError), reads_within(0.0):
        Team.objects.count()
    assert Team.objects.get() == team


@pytest.mark.django_db
def test_evidence_that_takes_for_ever_leaves_the_mail_without_it(
    team: Team, mail: Channel, smtp: SmtpServer, settings: Settings
) -> None:
    settings.MIDWATCH_EVIDENCE = f"{__name__}.endless_evidence"
    found(team, mail)
    deliver()
    assert [str(each["Subject"]).startswith("[High]") for each in smtp.mails] == [True]

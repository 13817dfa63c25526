"""Clocks that are put forward and back, and the nights in which summer time begins and ends: nothing is lost or
doubled, and the order holds. The fast part of `make chaos`, which `make test` runs too."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox.fallback import fall_back
from apps.alerts.services import Recovery, deliver_due, report
from apps.teams.models import Team
from tests.alerts.conftest import KEY, finding
from tests.alerts.conftest import hook as hook
from tests.alerts.conftest import http as http
from tests.alerts.conftest import mail as mail
from tests.alerts.conftest import smtp as smtp
from tests.alerts.conftest import team as team
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NIGHTS = {
    "Europe/Berlin": ("2026-03-29T00:30", "2026-10-25T00:30"),
    "America/New_York": ("2026-03-08T06:30", "2026-11-01T05:30"),
    "Australia/Lord_Howe": ("2026-04-04T14:30", "2026-10-03T15:00"),
    "America/Santiago": ("2026-04-05T02:30", "2026-09-06T03:30"),
}
MINUTES = (0, 1, 5, 10, 15, 40, 70, 100, 101)
STEPS = [timedelta(hours=1), -timedelta(hours=1), timedelta(days=1), -timedelta(days=1), -timedelta(minutes=7)]


def sweep(now: datetime, *, limit: int = 100) -> None:
    deliver_due(now_source=lambda: now, limit=limit)


def keys(http: HttpServer) -> Counter[str]:
    return Counter(request.headers["webhook-id"] for request in http.requests)


@pytest.mark.parametrize(("zone", "begins"), [(zone, begins) for zone, both in NIGHTS.items() for begins in both])
def test_in_a_night_when_the_clocks_change_every_message_leaves_once_and_in_order(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, zone: str, begins: str
) -> None:
    Team.objects.update(timezone=zone)
    now = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    http.answers.extend([Answer(503)] * 3)
    report(findings=[finding(team, hook, mail, timezone=zone)], recoveries=[], now=now)
    for minute in MINUTES:
        if minute == 100:
            report(findings=[], recoveries=[Recovery(KEY)], now=now + 100 * MINUTE)
        sweep(now + minute * MINUTE)
        fall_back(now=now + minute * MINUTE)
    assert sorted(keys(http).values()) == [1, 4]
    assert [str(each["Subject"]).split("]")[0] for each in smtp.mails] == ["[High", "[Resolved"]
    assert "1 h 40 min" in str(smtp.mails[1]["Subject"])
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}


def test_one_message_about_such_a_night_says_which_clock_it_means(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    now = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    report(findings=[finding(team, mail)], recoveries=[], now=now)
    report(findings=[], recoveries=[Recovery(KEY)], now=now + 20 * MINUTE)
    sweep(now + 20 * MINUTE)
    assert "was broken from 02:50 CEST to 02:10 CET" in str(smtp.mails[0]["Subject"])


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_clock_that_jumps_in_the_middle_loses_and_doubles_nothing(
    team: Team, hook: Channel, http: HttpServer, step: timedelta
) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    for number in range(5):
        report(findings=[finding(team, hook, key=f"rule/{number}")], recoveries=[], now=now)
        sweep(now, limit=number % 2)
        now += step
    for minute in range(5):
        sweep(now + minute * MINUTE)
    assert sorted(keys(http).values()) == [1] * 5
    assert Incident.objects.count() == 5

"""Clocks that are put forward and back, and the nights in which summer time begins and ends: nothing is lost or
doubled, and the order holds. The fast part of `make chaos`, which `make test` runs too."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Escalation, EscalationStep, Incident, Route
from apps.alerts.outbox.fallback import fall_back
from apps.alerts.routing.escalating import take_steps
from apps.alerts.services import Recovery, deliver_due, report, save_channel, snooze, unsnooze
from apps.alerts.silences.releasing import release_holds
from apps.alerts.silences.reminders import remind
from apps.alerts.watching.auditing import audit
from apps.alerts.watching.clocks import find_ahead, pull_in
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
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
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


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=2)], ids=str)
def test_a_message_to_be_tried_again_does_not_wait_until_a_wrong_clock_comes_back(
    team: Team, hook: Channel, http: HttpServer, back: timedelta
) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    http.answers.append(Answer(503))
    report(findings=[finding(team, hook)], recoveries=[], now=now + back)
    sweep(now + back)
    pull_in(now)
    sweep(now)
    assert len(http.requests) == 1  # it still waits as long as it was to wait
    sweep(now + MINUTE)
    assert list(keys(http).values()) == [2]
    assert find_ahead(now + MINUTE) is None


def test_a_pause_that_a_receiver_asked_for_ends_as_well(team: Team, hook: Channel, http: HttpServer) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    http.answers.append(Answer(429, headers={"Retry-After": "60"}))
    report(findings=[finding(team, hook)], recoveries=[], now=now + HOUR)
    sweep(now + HOUR)
    pull_in(now)
    sweep(now + 2 * MINUTE)
    assert list(keys(http).values()) == [2]


@pytest.mark.parametrize("answer", [503, 410])
def test_somebody_else_is_told_in_time_by_the_clock_that_is_right(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, answer: int
) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    http.answers.extend([Answer(answer)] * 9)
    report(findings=[finding(team, hook)], recoveries=[], now=now + HOUR)
    sweep(now + HOUR)
    pull_in(now)
    for minute in range(12):
        sweep(now + minute * MINUTE)
        fall_back(now=now + minute * MINUTE)
    assert len(smtp.mails) == 1


def test_reminders_and_steps_count_by_the_clock_that_is_right(team: Team, hook: Channel, http: HttpServer) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    boss = save_channel(team=team, name="boss", type="webhook", settings={"url": http.url})
    escalation = Escalation.objects.create(team=team, name="chain")
    EscalationStep.objects.create(escalation=escalation, after_minutes=15).channels.add(boss)
    Route.objects.create(team=team, name="all", catch_all=True, escalation=escalation).channels.add(hook)
    report(findings=[finding(team, severity="critical")], recoveries=[], now=now + HOUR)
    for minute in range(32):
        at = now + minute * MINUTE
        pull_in(at)
        take_steps(now=at)
        remind(now=at)
    assert list(Delivery.objects.order_by("pk").values_list("kind", flat=True)) == [
        "opened",
        "escalated",
        "reminder",
        "reminder",
    ]
    assert Incident.objects.get().facts["opened_at"] == now.isoformat()


def test_what_is_held_back_is_looked_at_again(team: Team, hook: Channel) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    report(findings=[finding(team, hook)], recoveries=[], now=now + HOUR)
    snooze(incident=Incident.objects.get(), mode="good_load", until=None, user=None, now=now + HOUR, by="CI")
    unsnooze(incident=Incident.objects.get(), user=None, now=now + HOUR, by="CI")
    pull_in(now)
    assert release_holds(now=now) == 1


def test_what_a_wrong_clock_let_go_leaves_by_the_right_one(team: Team, hook: Channel, http: HttpServer) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    report(findings=[finding(team, hook)], recoveries=[], now=now)
    sweep(now)
    snooze(incident=Incident.objects.get(), mode="time", until=now + HOUR, user=None, now=now, by="CI")
    report(findings=[], recoveries=[Recovery(KEY)], now=now + MINUTE)
    assert release_holds(now=now + 48 * HOUR) == 1
    sweep(now + 2 * MINUTE)
    assert len(http.requests) == 1
    assert pull_in(now + 2 * MINUTE)
    sweep(now + 2 * MINUTE)
    assert len(http.requests) == 2


def test_the_audit_says_that_the_clock_was_put_back_and_pulls_in_what_waits(team: Team, hook: Channel) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    report(findings=[finding(team, hook)], recoveries=[], now=now + HOUR)
    for minute in range(3):
        audit(now=now + minute * MINUTE)
    reason = Incident.objects.get(key="midwatch/clock").facts["reason"]
    assert reason.startswith("The clock was put back: 1 message and 1 incident had times that it showed")
    assert find_ahead(now + 3 * MINUTE) is None


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=59)], ids=str)
def test_clocks_that_hardly_differ_are_left_alone(team: Team, hook: Channel, ahead: timedelta) -> None:
    now = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
    report(findings=[finding(team, hook)], recoveries=[], now=now + ahead)
    assert (find_ahead(now), pull_in(now)) == (None, 0)


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

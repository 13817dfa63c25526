"""A digest is sent once per person and day, at the time that the person chose, and never to whoever turned it off."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from apps.alerts.models import Delivery, DeliveryKind, Preference
from apps.alerts.services import Period, Wishes, period_until, save_wishes, send_digest, send_due_digests, wishes_of
from apps.common.errors import InvalidInput
from apps.teams.models import User
from tests.alerts.conftest import NOW, deliver, text_of
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DAILY = Wishes(digest="daily", digest_at=time(8))
DUE = NOW.replace(hour=8, minute=0) + DAY  # anna's zone is UTC


def facts(user: User, period: Period) -> dict[str, Any]:
    return {"how": period.how, "begins": period.begins.isoformat(), "event_at": period.ends.isoformat(), "open": 0}


def send(at: datetime) -> int:
    return send_due_digests(facts_of=facts, now=at)


@pytest.fixture
def daily(anna: User) -> User:
    """Anna, who chose a digest after this morning's time."""
    save_wishes(user=anna, wishes=DAILY, now=NOW.replace(hour=9))
    return anna


def test_it_comes_at_its_time_and_once(daily: User) -> None:
    assert [send(DUE - timedelta(seconds=1)), send(DUE), send(DUE)] == [0, 1, 0]
    assert Delivery.objects.get().key == f"digest-{daily.pk}-2025-11-22"
    assert Preference.objects.get().next_digest_at == DUE + DAY


def test_it_arrives_as_a_mail_to_the_person_alone(daily: User, smtp: SmtpServer) -> None:
    send(DUE)
    deliver(DUE)
    (mail,) = smtp.mails
    assert mail["To"] == "anna@example.com"
    assert "nothing broke, and nothing is open" in text_of(mail)
    assert "Open in Midwatch: http" in text_of(mail)


def test_changing_the_time_after_it_was_sent_sends_no_second_one_that_day(daily: User) -> None:
    send(DUE)
    save_wishes(user=daily, wishes=Wishes(digest="daily", digest_at=time(10)), now=DUE)
    send(DUE + timedelta(hours=2))
    assert Delivery.objects.count() == 1
    assert Preference.objects.get().next_digest_at == DUE + timedelta(hours=26)


def test_whatever_was_missed_comes_as_one_that_tells_of_all_that_time(daily: User) -> None:
    late = DUE + 3 * DAY + timedelta(hours=1)
    send(late)
    told = Delivery.objects.get().facts
    assert (told["begins"], told["event_at"]) == ((DUE - DAY).isoformat(), late.isoformat())
    assert Preference.objects.get().next_digest_at == DUE + 4 * DAY


def test_whoever_turned_it_off_gets_none(daily: User) -> None:
    save_wishes(user=daily, wishes=Wishes(), now=NOW)
    assert send(DUE) == 0
    assert Preference.objects.get().next_digest_at is None


def test_whoever_left_gets_none(daily: User) -> None:
    User.objects.update(is_active=False)
    assert send(DUE) == 0
    assert Preference.objects.get().next_digest_at is None


def test_whoever_may_see_nothing_gets_none_and_is_asked_again_the_next_day(daily: User) -> None:
    assert send_due_digests(facts_of=lambda user, period: None, now=DUE) == 0
    assert Preference.objects.get().next_digest_at == DUE + DAY


def test_one_that_fails_does_not_stop_the_others(daily: User) -> None:
    ben = User.objects.create_user("ben@example.com")
    save_wishes(user=ben, wishes=DAILY, now=NOW.replace(hour=9))

    def broken_for_anna(user: User, period: Period) -> dict[str, Any]:
        return facts(user, period) | {"ratio": 1 / (user.pk - daily.pk)}

    assert send_due_digests(facts_of=broken_for_anna, now=DUE) == 1
    assert Delivery.objects.get().channel.person == ben
    assert Preference.objects.get(user=daily).next_digest_at == DUE


def test_a_weekly_one_is_about_a_week(anna: User) -> None:
    save_wishes(user=anna, wishes=Wishes(digest="weekly", digest_weekday=DUE.weekday()), now=NOW.replace(hour=9))
    send(DUE)
    told = Delivery.objects.get().facts
    assert (told["how"], told["begins"]) == ("weekly", (DUE - 7 * DAY).isoformat())


def test_one_now_is_about_the_last_day_and_is_no_second_one_when_asked_twice(anna: User) -> None:
    first = send_digest(user=anna, facts_of=facts, now=NOW)
    assert first is not None
    assert send_digest(user=anna, facts_of=facts, now=NOW + timedelta(seconds=30)) == first
    assert (first.kind, first.incident) == (DeliveryKind.DIGEST, None)
    assert period_until(anna, NOW).begins == NOW - DAY


def test_without_a_choice_everything_is_told_at_once(anna: User) -> None:
    assert wishes_of(anna) == Wishes()
    save_wishes(user=anna, wishes=DAILY, now=NOW)
    assert wishes_of(anna) == DAILY


@pytest.mark.parametrize(
    ("wrong", "field"),
    [(Wishes(quiet_from=time(22)), "quiet_until"), (Wishes(quiet_until=time(7)), "quiet_from"),
     (Wishes(quiet_from=time(7), quiet_until=time(7)), "quiet_until")],
)  # fmt: skip
def test_half_or_empty_quiet_hours_are_refused(anna: User, wrong: Wishes, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        save_wishes(user=anna, wishes=wrong, now=NOW)
    assert refusal.value.field == field
    assert not Preference.objects.exists()

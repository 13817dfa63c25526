"""Freshness by the clock: slots by cron or time of day, through nights in which the clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.rules.kinds.contract import Judgement
from tests.rules.kinds.watching import Contents, local, utc, watch

MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"


def judged(now: datetime, last: datetime, zone: str = "UTC", **settings: Any) -> Judgement:
    return watch("freshness", zone=zone, column="updated_at", **settings).check(now, Contents({last: 1}))


NIGHTLY: dict[str, Any] = {"cron": "0 2 * * *", "tolerance": "4h"}


@pytest.mark.parametrize(("clock", "verdict"), [("05:59", "ok"), ("06:00", "breached"), ("09:30", "breached")])
def test_a_nightly_load_alerts_from_its_deadline_on(clock: str, verdict: str) -> None:
    judgement = judged(utc(f"2026-03-04 {clock}"), utc("2026-03-03 02:20"), **NIGHTLY)
    assert judgement.verdict == verdict
    assert judgement.next_look_at == utc("2026-03-04 06:00" if verdict == "ok" else "2026-03-05 06:00")


@pytest.mark.parametrize(
    ("last", "verdict"), [("02:00", "ok"), ("02:20", "ok"), ("05:59", "ok"), ("08:00", "ok"), ("01:59", "breached")]
)
def test_a_load_counts_from_the_slot_on(last: str, verdict: str) -> None:
    assert judged(utc("2026-03-04 08:00"), utc(f"2026-03-04 {last}"), **NIGHTLY).verdict == verdict


def test_a_breach_names_the_deadline_and_no_allowed_wait() -> None:
    judgement = judged(utc("2026-03-04 06:10"), utc("2026-03-03 02:20"), **NIGHTLY)
    assert judgement.facts["deadline"] == "2026-03-04T06:00:00+00:00"
    assert judgement.facts["allowed_seconds"] is None
    assert judgement.high is None
    assert judgement.reason == (
        "main.orders has not changed for 1 day 3 h, since 3 Mar 2026, 02:20 (UTC); "
        "a change was due by 4 Mar 2026, 06:00 (UTC) at the latest."
    )


MONTHLY: dict[str, Any] = {"cron": "0 0 1 * *", "tolerance": "12h"}


@pytest.mark.parametrize("first", ["2026-01-01", "2026-03-01", "2026-05-01", "2028-03-01"])
def test_the_first_of_the_month_and_twelve_hours(first: str) -> None:
    month_before = utc(f"{first} 00:00") - timedelta(days=15)
    assert judged(utc(f"{first} 11:59"), month_before, **MONTHLY).verdict == "ok"
    assert judged(utc(f"{first} 12:00"), month_before, **MONTHLY).verdict == "breached"
    assert judged(utc(f"{first} 12:00"), utc(f"{first} 00:30"), **MONTHLY).verdict == "ok"


def test_a_month_of_28_days_alerts_at_noon_of_the_first() -> None:
    last = utc("2026-02-01 03:00")
    assert judged(utc("2026-03-01 11:59"), last, **MONTHLY).verdict == "ok"
    assert judged(utc("2026-03-01 12:00"), last, **MONTHLY).verdict == "breached"


END_OF_DAY: dict[str, Any] = {"by": "24:00", "tolerance": "2h"}


def test_the_end_of_the_day_and_two_hours() -> None:
    yesterday = utc("2026-03-03 18:00")
    assert judged(utc("2026-03-05 01:59"), yesterday, **END_OF_DAY).verdict == "ok"
    assert judged(utc("2026-03-05 02:00"), yesterday, **END_OF_DAY).verdict == "breached"
    assert judged(utc("2026-03-05 02:00"), utc("2026-03-04 00:00"), **END_OF_DAY).verdict == "ok"


MORNING: dict[str, Any] = {"by": "07:00", "days": "weekdays", "tolerance": "10m"}


@pytest.mark.parametrize(
    ("now", "last", "verdict"),
    [
        ("2026-03-04 07:09", "2026-03-03 06:30", "ok"),
        ("2026-03-04 07:10", "2026-03-03 06:30", "breached"),
        ("2026-03-04 07:10", "2026-03-03 23:59", "breached"),  # before the midnight that begins the day
        ("2026-03-04 07:10", "2026-03-04 00:00", "ok"),
        ("2026-03-08 12:00", "2026-03-06 06:30", "ok"),  # a Sunday asks for Friday's load
        ("2026-03-09 07:10", "2026-03-06 06:30", "breached"),  # Monday asks for its own
    ],
)
def test_weekday_mornings_in_berlin(now: str, last: str, verdict: str) -> None:
    assert judged(local(now, BERLIN), local(last, BERLIN), zone=BERLIN, **MORNING).verdict == verdict


# Nights in which the clocks change: 2026-03-29 has no 02:30 in Berlin, 2026-10-25 has it twice.


def test_a_slot_that_the_clocks_skip_falls_on_the_first_instant_after() -> None:
    settings = {"cron": "30 2 * * *", "tolerance": "1h"}
    before, after = local("2026-03-29 01:59", BERLIN), local("2026-03-29 03:00", BERLIN)
    deadline = local("2026-03-29 04:00", BERLIN)
    assert judged(deadline - MINUTE, local("2026-03-28 02:40", BERLIN), zone=BERLIN, **settings).verdict == "ok"
    assert judged(deadline, before, zone=BERLIN, **settings).verdict == "breached"
    assert judged(deadline, after, zone=BERLIN, **settings).verdict == "ok"


def test_a_slot_that_the_clocks_show_twice_happens_once() -> None:
    settings = {"cron": "30 2 * * *", "tolerance": "1h"}
    first = local("2026-10-25 02:30", BERLIN)
    deadline = local("2026-10-25 02:30", BERLIN, fold=1)  # an hour later by the sun
    loaded = judged(deadline + 3 * MINUTE, first + MINUTE, zone=BERLIN, **settings)
    assert loaded.verdict == "ok"
    assert loaded.next_look_at == local("2026-10-26 03:30", BERLIN)
    assert judged(deadline, first - MINUTE, zone=BERLIN, **settings).verdict == "breached"
    assert judged(deadline - MINUTE, first - MINUTE, zone=BERLIN, **settings).verdict == "ok"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_time_of_day_keeps_its_wall_clock_when_the_clocks_change(day: str) -> None:
    settings = {"by": "07:00", "tolerance": "10m"}
    last = local(f"{day} 00:00", BERLIN)
    at_deadline = local(f"{day} 07:10", BERLIN)
    assert judged(at_deadline, last, zone=BERLIN, **settings).verdict == "ok"
    assert judged(at_deadline, last - MINUTE, zone=BERLIN, **settings).verdict == "breached"
    assert judged(at_deadline - MINUTE, last - MINUTE, zone=BERLIN, **settings).verdict == "ok"


def test_nightly_in_utc_does_not_care_for_local_clocks() -> None:
    assert judged(utc("2026-03-29 05:59"), utc("2026-03-28 02:20"), **NIGHTLY).verdict == "ok"
    assert judged(utc("2026-03-29 06:00"), utc("2026-03-28 02:20"), **NIGHTLY).verdict == "breached"


# Without a column, a slot before the watch began says nothing.


def test_a_slot_before_the_watch_began_does_not_alert() -> None:
    rule = watch("freshness", **NIGHTLY)
    assert rule.check(utc("2026-03-04 10:00"), watched_since=utc("2026-03-04 09:00")).verdict == "learning"
    missed = rule.check(utc("2026-03-05 06:00"), watched_since=utc("2026-03-04 09:00"))
    assert missed.verdict == "breached"


def test_a_change_seen_in_the_slot_is_fine_however_short_the_watch() -> None:
    rule = watch("freshness", **NIGHTLY)
    judgement = rule.check(
        utc("2026-03-04 10:00"), changed_at=utc("2026-03-04 09:30"), watched_since=utc("2026-03-04 09:00")
    )
    assert judgement.verdict == "ok"


def test_a_closed_incident_excuses_the_slot_and_not_the_next() -> None:
    rule, contents = watch("freshness", column="updated_at", **NIGHTLY), Contents({utc("2026-03-03 02:20"): 1})
    assert rule.check(utc("2026-03-04 06:00"), contents).verdict == "breached"
    assert rule.check(utc("2026-03-04 06:10"), contents, accepted=True).verdict == "ok"
    assert rule.check(utc("2026-03-05 05:59"), contents).verdict == "ok"
    assert rule.check(utc("2026-03-05 06:00"), contents).verdict == "breached"

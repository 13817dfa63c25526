"""Freshness by interval: later than the interval and the tolerance is late, and not a moment sooner."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.services import Trust
from tests.rules.kinds.watching import Contents, Watching, local, make_kind, utc, watch

NOW = utc("2026-03-04 12:00")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
AGES = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=40))


def hourly() -> Watching:
    return watch("freshness", every="1h", tolerance="10m", column="updated_at")


def aged(age: timedelta) -> Contents:
    return Contents({NOW - age: 1})


def test_seventy_minutes_exactly_is_fine() -> None:
    assert hourly().check(NOW, aged(70 * MINUTE)).verdict == "ok"


@pytest.mark.parametrize("age", [71 * MINUTE, 70 * MINUTE + SECOND])
def test_more_than_seventy_minutes_alerts(age: timedelta) -> None:
    assert hourly().check(NOW, aged(age)).verdict == "breached"


@pytest.mark.parametrize(
    ("every", "tolerance", "allowed"),
    [
        ("15m", "10m", timedelta(minutes=25)),
        ("30m", "15m", timedelta(minutes=45)),
        ("1d", "2h", timedelta(hours=26)),
        ("1d", "4h", timedelta(hours=28)),
        ("1w", "1d", timedelta(days=8)),
    ],
)
def test_every_listed_frequency_alerts_after_its_wait(every: str, tolerance: str, allowed: timedelta) -> None:
    rule = watch("freshness", every=every, tolerance=tolerance, column="updated_at")
    fine, late = rule.check(NOW, aged(allowed)), rule.check(NOW, aged(allowed + SECOND))
    assert (fine.verdict, late.verdict) == ("ok", "breached")
    assert late.high == allowed.total_seconds()


@given(st.lists(AGES, min_size=2))
def test_the_verdict_flips_once_as_age_grows(ages: list[timedelta]) -> None:
    rule = hourly()
    verdicts = [rule.check(NOW, aged(age)).verdict for age in sorted(ages)]
    assert verdicts == sorted(verdicts, key=["ok", "breached"].index)


@given(AGES)
def test_the_next_look_is_the_first_moment_at_which_it_alerts(age: timedelta) -> None:
    contents = aged(age)
    judgement = hourly().check(NOW, contents)
    if judgement.next_look_at is None:
        assert judgement.verdict == "breached"
    else:
        assert hourly().check(judgement.next_look_at, contents).verdict == "breached"
        assert hourly().check(judgement.next_look_at - SECOND, contents).verdict == "ok"


def test_a_breach_has_all_facts_of_a_stale_table() -> None:
    judgement = hourly().check(NOW, aged(130 * MINUTE))
    assert judgement.facts == {
        "situation": "stale",
        "age_seconds": 7800.0,
        "allowed_seconds": 4200.0,
        "last_change": "2026-03-04T09:50:00+00:00",
        "deadline": None,
        "reason": "",
    }
    assert judgement.reason == (
        "main.orders has not changed for 2 h 10 min, since 4 Mar 2026, 09:50 (UTC); the limit is 70 min."
    )


def test_a_result_names_its_source_and_measure() -> None:
    judgement = hourly().check(NOW, aged(5 * MINUTE))
    assert (judgement.measured, judgement.high) == (300.0, 4200.0)
    assert (judgement.source, judgement.trust) == ("column updated_at", Trust.EXACT)


def test_a_reading_is_kept_only_when_the_last_change_moved() -> None:
    rule, contents = hourly(), aged(5 * MINUTE)
    first, second = rule.check(NOW, contents), rule.check(NOW + MINUTE, contents)
    assert [(reading.measure, reading.at) for reading in first.readings] == [("changed", NOW - 5 * MINUTE)]
    assert second.readings == ()


@pytest.mark.parametrize(
    ("every", "tolerance", "minutes"),
    [("1h", "10m", 5), ("15m", "10m", 3), ("1d", "2h", 60), ("1m", "0s", 1), ("1mo", "12h", 60), ("1w", "1d", 60)],
)
def test_looks_are_close_enough_for_the_tolerance(every: str, tolerance: str, minutes: int) -> None:
    kind = make_kind("freshness", every=every, tolerance=tolerance)
    assert kind.check_every == timedelta(minutes=minutes)


# A month is a month of the calendar, in the rule's zone.


@pytest.mark.parametrize(
    ("last", "fine"),
    [
        ("2026-01-15 06:00", "2026-02-15 18:00"),
        ("2026-01-31 06:00", "2026-02-28 18:00"),  # 28 days
        ("2028-01-31 06:00", "2028-02-29 18:00"),  # a leap year
        ("2026-02-28 06:00", "2026-03-28 18:00"),
        ("2026-12-31 06:00", "2027-01-31 18:00"),
        ("2026-03-10 06:00", "2026-04-10 18:00"),  # across the change to summer time
    ],
)
def test_a_month_follows_the_calendar(last: str, fine: str) -> None:
    rule = watch("freshness", zone="Europe/Berlin", every="1mo", tolerance="12h", column="updated_at")
    end, contents = local(fine, "Europe/Berlin"), Contents({local(last, "Europe/Berlin"): 1})
    assert rule.check(end, contents).verdict == "ok"
    assert rule.check(end + SECOND, contents).verdict == "breached"


# Rows that cannot tell.


def test_rows_in_the_future_do_not_make_a_dead_table_look_fresh() -> None:
    judgement = hourly().check(NOW, Contents({NOW - timedelta(hours=3): 5, utc("2092-01-01 00:00"): 3}))
    assert judgement.verdict == "breached"
    assert judgement.reason.endswith("3 rows lie in the future (newest 1 Jan 2092) and were left out.")
    assert judgement.facts["reason"] == "3 rows lie in the future (newest 1 Jan 2092) and were left out."


def test_a_clock_slightly_ahead_is_told_with_its_time() -> None:
    judgement = hourly().check(NOW, Contents({NOW - MINUTE: 5, NOW + 5 * MINUTE: 1}))
    assert judgement.verdict == "ok"
    assert judgement.reason == "1 row lies in the future (newest 4 Mar 2026, 12:05 (UTC)) and was left out."


def test_rows_in_the_future_are_read_again_although_nothing_was_written() -> None:
    rule, contents = hourly(), Contents({NOW - 69 * MINUTE: 5, NOW + MINUTE: 1})
    rule.check(NOW, contents)
    later = rule.check(NOW + 5 * MINUTE, contents, unwritten=True)
    assert (later.verdict, later.measured) == ("ok", 240.0)


def test_an_unwritten_table_grows_stale_without_being_read() -> None:
    rule, contents = hourly(), aged(60 * MINUTE)
    rule.check(NOW, contents)
    later = rule.check(NOW + 11 * MINUTE, contents, unwritten=True)
    assert (rule.asked, later.verdict, later.measured) == ((), "breached", 71 * 60.0)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (Contents(), "main.orders has no rows, so its last change is not known."),
        (
            Contents({None: 7}),
            "No row of main.orders has a past time in column updated_at, so its last change is not known.",
        ),
    ],
)
def test_a_table_that_cannot_tell_is_unknown(contents: Contents, reason: str) -> None:
    judgement = hourly().check(NOW, contents)
    assert (judgement.verdict, judgement.reason) == ("unknown", reason)
    assert judgement.readings == ()


def test_an_emptied_table_is_judged_by_the_last_change_seen() -> None:
    rule = hourly()
    rule.check(NOW, aged(MINUTE))
    soon, late = rule.check(NOW + MINUTE, Contents()), rule.check(NOW + 70 * MINUTE, Contents())
    assert (soon.verdict, late.verdict) == ("ok", "breached")
    assert "main.orders has no rows; judged by the last change seen." in soon.reason


def test_another_column_starts_from_nothing() -> None:
    rule = hourly()
    rule.check(NOW, aged(MINUTE))
    rule.kind = make_kind("freshness", every="1h", column="created_at")
    assert rule.check(NOW, Contents(), unwritten=True).verdict == "unknown"


# Closed by a person.


def test_a_closed_incident_starts_the_wait_anew() -> None:
    rule, contents = hourly(), aged(timedelta(hours=5))
    assert rule.check(NOW, contents).verdict == "breached"
    assert rule.check(NOW + MINUTE, contents, accepted=True).verdict == "ok"
    still = rule.check(NOW + 71 * MINUTE, contents)
    assert still.verdict == "ok"
    assert still.reason == "A person accepted it; the wait counts from 4 Mar 2026, 12:01 (UTC)."
    assert rule.check(NOW + 72 * MINUTE, contents).verdict == "breached"


# Without a column: the data store's own metadata.


def observed(changed: datetime | None, since: datetime | None, now: datetime = NOW) -> tuple[str, str]:
    judgement = watch("freshness", every="1h").check(now, changed_at=changed, watched_since=since)
    return judgement.verdict, judgement.reason


def test_a_change_just_noticed_is_fine() -> None:
    judgement = watch("freshness", every="1h").check(NOW, changed_at=NOW - MINUTE, watched_since=NOW - 5 * MINUTE)
    assert (judgement.verdict, judgement.source, judgement.trust) == ("ok", "write counters", Trust.ESTIMATE)


def test_a_table_without_a_change_is_learning_for_the_allowed_wait() -> None:
    verdict, reason = observed(None, NOW - 70 * MINUTE)
    assert verdict == "learning"
    assert "since 4 Mar 2026, 10:50 (UTC)" in reason


def test_a_table_that_never_changed_while_watched_alerts() -> None:
    judgement = watch("freshness", every="1h").check(NOW, watched_since=NOW - 71 * MINUTE)
    assert judgement.verdict == "breached"
    assert "has not changed since Midwatch began to watch it at 4 Mar 2026, 10:49 (UTC)" in judgement.reason
    assert judgement.facts["reason"] == (
        "It has not changed since Midwatch began to watch it at 4 Mar 2026, 10:49 (UTC)."
    )
    assert (judgement.facts["last_change"], judgement.facts["age_seconds"]) == (None, 71 * 60.0)


def test_a_store_that_cannot_tell_is_unknown() -> None:
    verdict, reason = observed(None, None)
    assert verdict == "unknown"
    assert reason == "The data store cannot tell when main.orders changes; name a timestamp column."


def test_a_watch_that_began_anew_does_not_alert_before_its_wait_is_over() -> None:
    assert observed(NOW - timedelta(days=1), NOW - 5 * MINUTE)[0] == "learning"
    assert observed(NOW - timedelta(days=1), NOW - 71 * MINUTE)[0] == "breached"


def test_counters_that_were_reset_do_not_forget_the_last_change() -> None:
    rule = watch("freshness", every="1h")
    rule.check(NOW, changed_at=NOW - MINUTE, watched_since=NOW - timedelta(days=3))
    after = rule.check(NOW + MINUTE, watched_since=NOW + MINUTE)
    assert (after.verdict, after.facts["last_change"]) == ("ok", "2026-03-04T11:59:00+00:00")
    assert after.readings == ()

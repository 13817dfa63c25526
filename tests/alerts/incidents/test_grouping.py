"""Which incident a new one becomes part of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from apps.alerts.incidents.grouping import Case, consequences, home_of
from apps.alerts.models import Merge

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
ORDERS = Case(1, 1, 7, "main.orders", "freshness", NOW - timedelta(minutes=5))
NEW = Case(2, 2, 7, "main.orders", "volume", NOW)
FEEDS = {(7, "main.daily"): [(7, "main.orders")], (7, "main.orders"): [(8, "raw.orders")]}


def test_another_rule_on_the_same_table_joins() -> None:
    assert home_of(NEW, [ORDERS], {}, NOW) == (1, Merge.TABLE)


def test_a_rule_on_a_part_of_an_incident_joins_its_lead() -> None:
    assert home_of(NEW, [replace(ORDERS, lead=9)], {}, NOW) == (9, Merge.TABLE)


def test_the_same_name_on_another_connection_stays_apart() -> None:
    assert home_of(replace(NEW, connection_id=8), [ORDERS], {}, NOW) is None


def test_what_could_not_be_checked_joins_its_broken_connection() -> None:
    connection = Case(3, 3, 7, "", "", NOW - timedelta(hours=3), whole=True)
    assert home_of(replace(NEW, blind=True), [connection], {}, NOW) == (3, Merge.CONNECTION)
    assert home_of(NEW, [connection], {}, NOW) is None


def test_the_same_kind_on_the_same_connection_within_ten_minutes_is_probably_related() -> None:
    other = replace(NEW, table="main.payments", kind="freshness")
    assert home_of(other, [ORDERS], {}, NOW) == (1, Merge.RELATED)
    assert home_of(other, [replace(ORDERS, opened_at=NOW - timedelta(minutes=11))], {}, NOW) is None
    assert home_of(replace(other, kind="volume"), [ORDERS], {}, NOW) is None


def test_what_a_person_split_off_never_joins_again_nor_is_joined_as_related() -> None:
    assert home_of(replace(NEW, apart=True), [ORDERS], {}, NOW) is None
    other = replace(NEW, table="main.payments", kind="freshness")
    assert home_of(other, [replace(ORDERS, apart=True)], {}, NOW) is None


def test_the_farthest_broken_table_upstream_is_the_cause() -> None:
    daily = Case(4, 4, 7, "main.daily", "volume", NOW)
    raw = Case(5, 5, 8, "raw.orders", "freshness", NOW - timedelta(hours=20))
    assert home_of(daily, [ORDERS, raw], FEEDS, NOW) == (5, Merge.UPSTREAM)
    assert home_of(daily, [ORDERS], FEEDS, NOW) == (1, Merge.UPSTREAM)


def test_a_table_upstream_that_broke_days_ago_is_no_cause() -> None:
    daily = Case(4, 4, 7, "main.daily", "volume", NOW)
    assert home_of(daily, [replace(ORDERS, opened_at=NOW - timedelta(hours=25))], FEEDS, NOW) is None


def test_a_circle_of_tables_ends() -> None:
    circle = {(7, "a"): [(7, "b")], (7, "b"): [(7, "a")]}
    assert home_of(Case(1, 1, 7, "a", "volume", NOW), [], circle, NOW) is None


def test_a_cause_that_shows_later_takes_over_what_it_feeds() -> None:
    raw = Case(5, 5, 8, "raw.orders", "freshness", NOW)
    daily = Case(4, 4, 7, "main.daily", "volume", NOW - timedelta(hours=1))
    assert consequences(raw, [ORDERS, daily, replace(daily, number=6, lead=4)], FEEDS, NOW) == [1, 4]

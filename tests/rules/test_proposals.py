"""What is proposed for a table: limits that follow its rhythm, and never an alert on day one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.durations import parse_duration
from apps.connections.services import Column, TableName
from apps.rules.suggest.candidates import DORMANT, Candidate
from apps.rules.suggest.proposal import Proposal
from apps.rules.suggest.proposals import Store, arrival_column, propose
from tests.rules.warehouses import NOON

STORE = Store()
CREATED = Column("created_at", "timestamp", "naive")


def table(*, watched: timedelta = timedelta(days=1), **known: Any) -> Candidate:
    usual = {"rows": 50_000, "changed_at": NOON - timedelta(minutes=10), "tells_changes": True}
    return Candidate(TableName("main", "orders"), watched_since=NOON - watched, **{**usual, **known})


def proposals(one: Candidate, columns: tuple[Column, ...] = (CREATED,), store: Store = STORE) -> dict[str, Proposal]:
    return {each.kind: each for each in propose(one, one.rhythm(NOON), columns, store)}


def freshness(one: Candidate) -> tuple[Any, Any]:
    settings = proposals(one)["freshness"].settings
    return settings["every"], settings["tolerance"]


@pytest.mark.parametrize(
    ("changes", "days", "expected"),
    [
        (22, 1, ("1h", "2h")), (24, 1, ("1h", "2h")), (1_400, 1, ("1h", "2h")), (13, 1, ("2h", "4h")),
        (4, 1, ("1d", "2d")), (28, 7, ("1d", "2d")), (9, 9, ("1d", "6h")), (10, 14, ("2d", "2d")),
        (8, 56, ("1w", "1d")), (4, 56, ("2w", "3d")), (6, 180, ("1mo", "3d")), (4, 360, ("3mo", "7d")),
    ],
)  # fmt: skip
def test_the_expected_distance_follows_the_rhythm(changes: int, days: int, expected: tuple[str, str]) -> None:
    assert freshness(table(changes=changes, watched=timedelta(days=days))) == expected


@pytest.mark.parametrize(("changes", "hours"), [(600, 10), (6, 144), (0, 1), (2, 500)])
def test_a_rhythm_whose_pauses_were_not_seen_is_not_believed(changes: int, hours: int) -> None:
    assert freshness(table(changes=changes, watched=timedelta(hours=hours))) == ("1d", "2d")


def test_it_says_why_the_limit_is_what_it_is() -> None:
    why = proposals(table(changes=22))["freshness"].why
    assert why == "It changed 22 times in the last 24 h. If it rests at night or at weekends, widen the limit."


def test_a_table_that_waits_right_now_gets_a_limit_with_room() -> None:
    assert freshness(table(changes=22, changed_at=NOON - timedelta(hours=5))) == ("1d", "6h")


@given(
    st.integers(0, 3000), st.integers(1, 60 * 24 * 400), st.none() | st.integers(0, 60 * 24 * 89), st.booleans()
)  # fmt: skip
def test_no_rule_begins_with_an_alert(changes: int, watched: int, age: int | None, tells: bool) -> None:
    one = table(
        changes=changes, watched=timedelta(minutes=watched), tells_changes=tells,
        changed_at=None if age is None else NOON - timedelta(minutes=age),
    )  # fmt: skip
    found = proposals(one).get("freshness")
    if age is None:
        return
    assert found is not None
    assert sum(map(parse_duration, (found.settings["every"], found.settings["tolerance"])), timedelta()) > timedelta(
        minutes=age
    )


@pytest.mark.parametrize(
    ("one", "store"),
    [
        (table(is_view=True), STORE),
        (table(changed_at=NOON - DORMANT - timedelta(days=1)), STORE),
        (table(), Store(tells_changes=False)),
    ],
    ids=["a view", "a dormant table", "a store that tells no changes"],
)
def test_freshness_is_left_out_where_nothing_could_tell_it(one: Candidate, store: Store) -> None:
    assert "freshness" not in proposals(one, store=store)
    assert "schema" in proposals(one, store=store)


def test_volume_counts_rows_a_day_by_the_column_that_tells_when_they_arrived() -> None:
    columns = (Column("id", "int"), Column("updated_at", "timestamp", "naive"), CREATED)
    assert proposals(table(), columns)["volume"].settings["column"] == "created_at"


@pytest.mark.parametrize(
    "without",
    [
        proposals(table(), (Column("id", "int"),)),
        proposals(table(), (Column("updated_at", "timestamp", "naive"),)),
        proposals(table(rows=300)),
        proposals(table(changed_at=NOON - timedelta(days=30))),
        proposals(table(), store=Store(reading_costs=True)),
    ],
    ids=["no time", "only times that change", "few rows", "nothing arrives", "reading all of it costs"],
)
def test_volume_is_left_out_where_it_would_only_make_noise_or_costs(without: dict[str, Proposal]) -> None:
    assert set(without) == {"freshness", "schema"}


def test_where_reading_costs_rows_are_counted_by_the_column_that_the_table_is_stored_by() -> None:
    stored_by = Column("day", "date", "date", partition=True)
    found = proposals(table(), (CREATED, stored_by), Store(reading_costs=True))
    assert found["volume"].settings["column"] == "day"


def test_what_a_table_has_already_is_not_proposed_again() -> None:
    assert set(proposals(table(watched_by=frozenset({"freshness", "volume"})))) == {"schema"}


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (["expires_at", "createdAt"], "createdAt"), (["order_date", "inserted_at"], "inserted_at"),
        (["paid_on"], "paid_on"), (["valid_from", "birth_date", "last_login"], None), ([], None),
        (["event_ts", "loaded_at"], "loaded_at"),
    ],
)  # fmt: skip
def test_the_column_of_arrival_is_told_by_its_name(columns: list[str], chosen: str | None) -> None:
    found = arrival_column([Column(name, "timestamp", "naive") for name in columns])
    assert (found.name if found else None) == chosen

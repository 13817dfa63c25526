"""Which tables are suggested, in which order, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.services import TableName
from apps.rules.suggest.candidates import Candidate
from apps.rules.suggest.ranking import FEWEST, MOST, Suggestion, rank
from tests.rules.warehouses import NOON, TOP_TEN, tables_of

WORDS = ("orders", "tmp", "events", "stg", "things", "bak", "users", "log", "fct", "2024")
AGES = st.none() | st.integers(0, 400).map(lambda days: NOON - timedelta(days=days))
SIZES = st.none() | st.integers(0, 10**9)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("_".join)
    names = draw(st.lists(st.tuples(st.sampled_from(["main", "raw"]), words), unique=True, max_size=12))
    return [
        Candidate(
            TableName(*name), is_view=draw(st.booleans()), rows=draw(SIZES), bytes=draw(SIZES), changed_at=draw(AGES),
            watched_since=draw(AGES), changes=draw(st.integers(0, 2000)), tells_changes=draw(st.booleans()),
            gone=draw(st.integers(0, 4)) == 0, watched_by=frozenset(draw(st.sets(st.sampled_from(["schema"])))),
        )
        for name in names
    ]  # fmt: skip


def table(name: str = "main.things", **known: Any) -> Candidate:
    """A healthy table of 50,000 rows that changes each hour, unless told otherwise."""
    usual = {"rows": 50_000, "changed_at": NOON - timedelta(minutes=10), "watched_since": NOON - timedelta(days=1)}
    schema, _, rest = name.partition(".")
    return Candidate(TableName(schema, rest), **{**usual, "changes": 24, "tells_changes": True, **known})


def names(ranked: list[Suggestion]) -> list[str]:
    return [str(each.table.name) for each in ranked]


def first(*tables: Candidate) -> str:
    return names(rank(tables, now=NOON))[0]


def reason(one: Candidate, *others: Candidate) -> str:
    found = rank([one, *others], now=NOON)
    return next(each.reason for each in found if each.table is one)


@pytest.mark.parametrize("warehouse", list(TOP_TEN))
def test_an_engineer_finds_the_ten_that_matter_first(warehouse: str) -> None:
    ranked = rank(tables_of(warehouse), now=NOON)
    assert names(ranked)[:10] == TOP_TEN[warehouse]
    assert all(each.advised for each in ranked[:FEWEST])


@pytest.mark.parametrize("warehouse", list(TOP_TEN))
def test_no_copy_stage_or_plumbing_is_advised(warehouse: str) -> None:
    advised = [each for each in rank(tables_of(warehouse), now=NOON) if each.advised]
    assert FEWEST <= len(advised) <= MOST
    assert not {"copy", "stage", "plumbing", "empty", "dormant"} & {part for each in advised for part in each.points}


@given(candidates())
def test_every_table_that_is_there_is_ranked_once_and_no_other(tables: list[Candidate]) -> None:
    ranked = [each.table for each in rank(tables, now=NOON)]
    assert sorted(ranked, key=lambda each: each.name) == sorted(
        (each for each in tables if not each.gone), key=lambda each: each.name
    )


@given(candidates(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_catalogue(tables: list[Candidate], random: Any) -> None:
    shuffled = random.sample(tables, len(tables))
    assert rank(shuffled, now=NOON) == rank(tables, now=NOON)


@given(candidates(), st.integers(0, 11), st.integers(1, 10**9))
def test_a_larger_table_never_comes_later_all_else_equal(tables: list[Candidate], at: int, more: int) -> None:
    there = [each for each in tables if not each.gone and each.size is not None]
    if not there:
        return
    small = there[at % len(there)]
    large = replace(
        small, rows=None if small.rows is None else small.rows + more, bytes=(small.bytes or 0) + 100 * more
    )
    grown = [large if each is small else each for each in tables]
    place_before, place_after = (names(rank(each, now=NOON)).index(str(small.name)) for each in (tables, grown))
    assert place_after <= place_before


@given(candidates())
def test_at_most_ten_are_advised_and_never_one_that_is_watched_or_doubtful(tables: list[Candidate]) -> None:
    advised = [each for each in rank(tables, now=NOON) if each.advised]
    assert len(advised) <= MOST
    assert not any(each.doubtful or each.table.watched_by for each in advised)


@given(candidates())
def test_every_table_has_a_reason_in_whole_sentences(tables: list[Candidate]) -> None:
    for each in rank(tables, now=NOON):
        assert each.reason.endswith(".")
        assert each.reason[0].isupper() or each.reason[0].isdigit()


def test_of_two_tables_alike_the_larger_comes_first() -> None:
    assert first(table("main.a", rows=1_000), table("main.b", rows=2_000)) == "main.b"


def test_of_two_tables_alike_the_one_that_changed_last_comes_first() -> None:
    old = table("main.a", changed_at=NOON - timedelta(days=20), changes=0)
    assert first(old, table("main.b", changes=0)) == "main.b"


def test_a_name_that_decisions_hang_on_outweighs_ten_times_the_rows() -> None:
    assert first(table("main.orders"), table("main.page_scrolls", rows=500_000)) == "main.orders"


def test_tables_alike_stand_in_the_order_of_their_names() -> None:
    assert names(rank([table("main.b"), table("main.c"), table("main.a")], now=NOON)) == ["main.a", "main.b", "main.c"]


@pytest.mark.parametrize(
    "doubtful",
    [
        table("main.orders_bak"), table("main.tmp_orders"), table("staging.stg_orders"), table("main.orders_20261120"),
        table("main.orders", rows=0), table("main.orders", changed_at=NOON - timedelta(days=240), changes=0),
        table("scratch.orders"), table("dbt_ana.orders"), table("main.django_session", rows=10**9),
    ],
    ids=lambda one: str(one.name),
)  # fmt: skip
def test_what_is_in_doubt_comes_after_a_plain_table(doubtful: Candidate) -> None:
    plain, other = rank([doubtful, table("main.things", rows=40_000)], now=NOON)
    assert plain.table.name.name == "things"
    assert other.doubtful


def test_a_view_comes_after_a_table_but_first_among_views_alone() -> None:
    view = table("main.orders", is_view=True, rows=None, changed_at=None, tells_changes=False)
    assert first(view, table("main.order_items")) == "main.order_items"
    assert rank([view], now=NOON)[0].advised


def test_watched_tables_come_last_and_count_among_those_to_begin_with() -> None:
    watched = [table(f"main.orders_of_{letter}", watched_by=frozenset({"schema"})) for letter in "abcdefgh"]
    ranked = rank([*watched, *(table(f"main.{letter}") for letter in "qrstuv")], now=NOON)
    assert [each.table.name.name for each in ranked if each.advised] == ["q", "r"]
    assert all(each.table.watched_by for each in ranked[6:])


def test_few_tables_are_advised_beyond_the_fifth_when_they_fall_far_behind() -> None:
    good = [table(f"main.orders_{letter}") for letter in "abcde"]
    poor = [table(f"main.{letter}", rows=12, changed_at=NOON - timedelta(days=40), changes=0) for letter in "fgh"]
    assert sum(each.advised for each in rank([*good, *poor], now=NOON)) == FEWEST


def test_a_reason_tells_size_and_rhythm_and_what_the_name_says() -> None:
    others = [table(f"main.t{number}") for number in range(9)]
    told = reason(table("main.orders", rows=4_200_000, changes=22), *others)
    assert (
        told == "By its name it holds orders. The largest table (4.2 million rows), changed 22 times in the last 24 h."
    )


def test_the_five_largest_tables_are_named_as_such() -> None:
    others = [table(f"main.t{number}", rows=10**6 + number) for number in range(8)]
    assert "one of the 5 largest tables (1 million rows)" in reason(others[4], *others[:4], *others[5:]).lower()
    assert "largest" not in reason(others[2], *others[:2], *others[3:])


def test_a_dormant_table_says_for_how_long() -> None:
    assert reason(table(changed_at=NOON - timedelta(days=245))).startswith("Dormant for 8 months.")


def test_a_table_that_was_never_seen_to_change_is_dormant_by_the_length_of_the_watch() -> None:
    still = table(changed_at=None, changes=0, watched_since=NOON - timedelta(days=120))
    assert "has not changed in the 4 months" in reason(still)
    assert rank([still], now=NOON)[0].doubtful


def test_where_a_store_tells_nothing_only_names_speak_for_a_table() -> None:
    silent = {"rows": None, "changed_at": None, "watched_since": None, "changes": 0, "tells_changes": False}
    ranked = rank([table("main.things", **silent), table("main.orders", **silent)], now=NOON)
    assert names(ranked) == ["main.orders", "main.things"]
    assert ranked[1].reason == "The data store tells neither its size nor when it changes."
    assert [each.advised for each in ranked] == [True, False]


def test_a_table_whose_columns_could_not_be_read_is_not_advised_and_says_so() -> None:
    broken = table("main.orders", unread=True)
    assert reason(broken).startswith("Its columns could not be read.")
    assert not any(each.advised for each in rank([broken], now=NOON))


def test_a_trifle_is_called_small_and_has_no_place_though_all_others_are_watched() -> None:
    trifle = table("main.things", rows=2)
    watched = [table(f"main.orders_of_{letter}", watched_by=frozenset({"schema"})) for letter in "abcdef"]
    found = rank([trifle, *watched], now=NOON)
    assert found[0].reason.startswith("Small: 2 rows.")
    assert not any(each.advised or each.placed for each in found)


def test_a_table_of_two_rows_is_never_one_of_the_largest() -> None:
    orders = table("main.orders", rows=2)
    assert "largest" not in reason(orders, *(table(f"main.t{n}", rows=1) for n in range(6)))

"""The sentences of a status page, and the badges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apps.status.badges import Badge, svg_of
from apps.status.choosing import Bout, Trouble
from apps.status.episodes import episodes_of, joined
from apps.status.proposing import propose
from apps.status.words import State, moment_words, page_sentence, percent_words, trouble_words

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OK, DOWN, UNKNOWN, PAUSED = State.OK, State.DOWN, State.UNKNOWN, State.PAUSED


@pytest.mark.parametrize(
    ("products", "taken", "sentence"),
    [
        ([("Orders", OK), ("Stock", OK)], False, "All data is up to date."),
        ([("Orders", DOWN)], True, "Orders is late since 06:10 CET; the team is on it."),
        (
            [("Orders", DOWN), ("Stock", DOWN), ("Prices", OK)],
            False,
            "Orders is late since 06:10 CET, and 1 more has trouble as well.",
        ),
        (
            [("Orders", OK), ("Stock", UNKNOWN)],
            False,
            "Stock could not be checked since 06:10 CET; nothing else is known to be wrong.",
        ),
        ([("Orders", OK), ("Old", PAUSED)], False, "All data that is checked is up to date. Old is not checked now."),
        ([("Old", PAUSED)], False, "Nothing is checked yet."),
        ([], False, "This page shows no data yet."),
    ],
)
def test_one_sentence_says_how_all_data_are(products: list[tuple[str, State]], taken: bool, sentence: str) -> None:
    assert page_sentence([(*each, "late", "06:10 CET") for each in products], taken=taken) == sentence


def test_moments_are_told_with_as_much_as_is_needed() -> None:
    moments = (NOW - 3 * HOUR, NOW - 24 * HOUR, NOW - timedelta(days=400))
    assert [moment_words(each, BERLIN, NOW) for each in moments] == [
        "07:00 CET", "20 Nov, 10:00 CET", "17 Oct 2025, 11:00 CEST",
    ]  # fmt: skip


def test_troubles_are_told_by_what_the_rules_measure() -> None:
    assert trouble_words({"seconds"}) == "late"
    assert trouble_words({"rows", "seconds", "number", "percent"}) == "late, unusual in size and not right"


def test_shares_have_no_needless_zeros() -> None:
    assert [percent_words(each) for each in (Decimal("100.00"), Decimal("99.50"), None)] == ["100 %", "99.5 %", "–"]


def trouble(pk: int, start: int, end: int | None, *, unknown: bool = False, unit: str = "seconds") -> Trouble:
    bout = Bout(pk, NOW - start * HOUR, None if end is None else NOW - end * HOUR)
    return Trouble(1, 1, "main.orders", [], unit, unknown, [bout])


def test_what_overlaps_is_one_incident_for_readers() -> None:
    found = episodes_of(
        "Orders", [trouble(2, 8, 5, unit="rows"), trouble(1, 9, 7), trouble(3, 3, 2)], NOW - 99 * HOUR, NOW
    )
    assert [(each.title, each.incidents) for each in found] == [
        ("Orders: late and unusual in size", (1, 2)), ("Orders: late", (3,)),
    ]  # fmt: skip
    assert (found[0].start, found[0].end) == (NOW - 9 * HOUR, NOW - 5 * HOUR)


def test_an_incident_of_several_products_is_told_once_and_what_lasts_first() -> None:
    gone, open_now = trouble(1, 5, 4, unknown=True), trouble(2, 9, None)
    found = joined(
        [each for name in ("Orders", "Stock") for each in episodes_of(name, [gone, open_now], NOW - 99 * HOUR, NOW)]
    )
    assert [(each.title, each.end is None) for each in found] == [
        ("Orders and Stock: late", True), ("Orders and Stock: could not be checked", False),
    ]  # fmt: skip


def test_tags_come_before_schemas_and_schemas_before_tables() -> None:
    tables = [("sales", "orders"), ("sales", "items"), ("crm", "people")]
    assert [each.name for each in propose([["finance"], ["finance", "crm_data"], []], tables)] == [
        "Finance",
        "Crm data",
    ]
    assert [each.tables for each in propose([[], [], []], tables)] == [("sales.*",), ("crm.*",)]
    assert [each.tables for each in propose([[], []], tables[:2])] == [("sales.items",), ("sales.orders",)]


def test_a_badge_holds_no_markup_of_names() -> None:
    svg = svg_of(Badge("<script>alert(1)</script>", "late", DOWN))
    assert "<script" not in svg
    assert '<title id="t">&lt;script&gt;' in svg

"""Who pays for what: purses, shared asks, and the label on the bill."""

from __future__ import annotations

from apps.connections.services import TableName
from apps.rules.asks import LOOKS, Payer, asks_of, label_of, place_of
from apps.rules.kinds.wants import CountRows, NewestTime

ORDERS, ITEMS = TableName("shop", "orders"), TableName("shop", "items")
FREE, OTHER, THRIFTY = Payer(1, "Free"), Payer(2, "Other"), Payer(3, "Thrifty", 100)


def test_rules_without_a_budget_share_what_they_ask_of_a_table() -> None:
    (ask,) = asks_of([
        (place_of(ORDERS, FREE, billed=True), FREE, [NewestTime("at")]),
        (place_of(ORDERS, OTHER, billed=True), OTHER, [CountRows(), NewestTime("at")]),
    ])  # fmt: skip
    assert ask.payers == (FREE, OTHER)
    assert ask.wants == (NewestTime("at"), CountRows())


def test_a_rule_with_a_budget_asks_for_itself_where_bytes_are_billed_and_only_there() -> None:
    for billed, count in ((True, 2), (False, 1)):
        places = [(place_of(ORDERS, payer, billed=billed), payer, [CountRows()]) for payer in (FREE, THRIFTY)]
        assert len(asks_of(places)) == count


def test_who_wants_nothing_pays_nothing() -> None:
    assert asks_of([(place_of(ORDERS, FREE, billed=True), FREE, [])]) == []


def test_a_label_begins_with_the_id_that_stays() -> None:
    assert label_of([Payer(12, "Orders keep arriving")]) == "12 Orders keep arriving"
    assert label_of([LOOKS]) == ""


def test_the_label_of_many_rules_cuts_no_id_in_half() -> None:
    label = label_of([Payer(number, "") for number in range(1_000, 1_100)])
    assert len(label) <= 63
    assert label.removeprefix("several-").split("-") == [str(number) for number in range(1_000, 1_011)]

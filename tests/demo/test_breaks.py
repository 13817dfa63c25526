from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apps.demo import loader
from apps.demo.breaks import BREAKS, break_data, mend_data
from apps.demo.state import broken_in, note_broken
from tests.demo.shop import NOW, ask, contents

SOON = NOW + timedelta(minutes=5)
every_break = pytest.mark.parametrize("name", BREAKS)


@every_break
def test_mending_brings_every_table_back_to_what_it_was(shop: Path, name: str) -> None:
    before = contents(shop)
    break_data(shop, name=name, now=NOW)
    mend_data(shop, now=NOW)
    assert contents(shop) == before
    assert broken_in(shop) == {}


def test_all_breaks_together_are_mended_together(shop: Path) -> None:
    before = contents(shop)
    for name in BREAKS:
        break_data(shop, name=name, now=NOW)
    assert len(mend_data(shop, now=NOW)) == len(BREAKS)
    assert contents(shop) == before


@pytest.mark.parametrize("name", ["drop", "duplicate", "schema"])
def test_what_is_loaded_while_the_data_is_broken_is_whole_after_mending(shop: Path, same_shop: Path, name: str) -> None:
    break_data(shop, name=name, now=NOW)
    for folder in (shop, same_shop):
        assert loader.load_once(folder, now=NOW + timedelta(hours=3)) > 0
    mend_data(shop, now=NOW + timedelta(hours=3))
    assert contents(shop) == contents(same_shop)


def test_mending_a_late_loader_loads_at_once_what_came_in_meanwhile(shop: Path, same_shop: Path) -> None:
    break_data(shop, name="late", now=NOW)
    loader.load_once(shop, now=SOON)
    mend_data(shop, now=NOW + timedelta(hours=3))
    loader.load_once(same_shop, now=NOW + timedelta(hours=3))
    orders = "SELECT order_id, created_at, updated_at FROM orders ORDER BY order_id"
    assert ask(shop, orders) == ask(same_shop, orders)


@every_break
def test_breaking_twice_is_breaking_once(shop: Path, name: str) -> None:
    break_data(shop, name=name, now=NOW)
    broken = contents(shop)
    assert "broken already" in break_data(shop, name=name, now=SOON)
    assert contents(shop) == broken
    assert broken_in(shop) == {name: NOW}


@every_break
def test_a_break_that_was_noted_but_never_done_is_mended_without_harm(shop: Path, name: str) -> None:
    before = contents(shop)
    if name == "drop":  # an earlier break and its mending left their held rows behind
        break_data(shop, name=name, now=NOW)
        mend_data(shop, now=NOW)
    note_broken(shop, {name: NOW})
    mend_data(shop, now=NOW)
    assert contents(shop) == before


def test_mending_what_is_whole_does_nothing(shop: Path) -> None:
    before = contents(shop)
    assert mend_data(shop, now=SOON) == []
    assert contents(shop) == before


def test_drop_deletes_a_fifth_of_all_payments_and_says_how_many(shop: Path) -> None:
    [(before,)] = ask(shop, "SELECT count(*) FROM payments")
    said = break_data(shop, name="drop", now=NOW)
    [(after,)] = ask(shop, "SELECT count(*) FROM payments")
    assert (before - after) / before == pytest.approx(0.2, abs=0.01)
    assert said.startswith(f"{before - after:,} rows of main.payments were deleted")


def test_duplicate_loads_two_fifths_of_all_items_again(shop: Path) -> None:
    [(before,)] = ask(shop, "SELECT count(*) FROM order_items")
    said = break_data(shop, name="duplicate", now=NOW)
    [(after,)] = ask(shop, "SELECT count(*) FROM order_items")
    assert (after - before) / before == pytest.approx(0.4, abs=0.01)
    assert said.startswith(f"{after - before:,} rows of main.order_items were loaded a second time")


def test_schema_renames_a_column_of_customers(shop: Path) -> None:
    break_data(shop, name="schema", now=NOW)
    columns = [row[0] for row in ask(shop, "DESCRIBE customers")]
    assert "country_code" in columns
    assert "country" not in columns


def test_a_folder_with_a_quote_in_its_name_is_fine(shop: Path) -> None:
    quoted = shop.rename(shop.parent / "Kim's demo")
    before = contents(quoted)
    break_data(quoted, name="drop", now=NOW)
    mend_data(quoted, now=NOW)
    assert contents(quoted) == before

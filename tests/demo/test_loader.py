from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from apps.demo import loader, pipeline, warehouse
from apps.demo.state import note_broken
from tests.demo.shop import NOW, ask, orders_an_hour, planned

READER = "import duckdb, sys; shop = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"


class Reader:
    """Another process that has the warehouse open until it is told to let go."""

    def __init__(self, folder: Path) -> None:
        path = str(warehouse.file_in(folder))
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "open\n"

    def let_go(self) -> None:
        if self._process.poll() is None:
            self._process.communicate("\n")


@pytest.fixture
def reader(shop: Path) -> Iterator[Reader]:
    process = Reader(shop)
    yield process
    process.let_go()


def test_many_small_loads_bring_the_same_orders_as_a_big_one(shop: Path, same_shop: Path) -> None:
    for minutes in (1, 2, 7, 55, 61, 180):
        loader.load_once(shop, now=NOW + timedelta(minutes=minutes))
    loader.load_once(same_shop, now=NOW + timedelta(minutes=180))
    orders = "SELECT order_id, customer_id, created_at FROM orders ORDER BY order_id"
    assert ask(shop, orders) == ask(same_shop, orders)


def test_after_a_stop_of_nine_hours_the_counts_go_on_without_a_seam(shop: Path) -> None:
    until = NOW + timedelta(hours=9)
    new = loader.load_once(shop, now=until)
    counted, plan = orders_an_hour(shop), planned(shop, since=NOW, until=until)
    last = max(plan)
    assert {hour: count for hour, count in counted.items() if hour >= min(plan) and hour < last} == {
        hour: count for hour, count in plan.items() if hour < last
    }
    assert 0 < new <= sum(plan.values())


def test_ids_stay_unique_over_loads(shop: Path) -> None:
    for hours in range(1, 6):
        loader.load_once(shop, now=NOW + timedelta(hours=hours))
    for table, key in (
        ("orders", "order_id"),
        ("order_items", "item_id"),
        ("payments", "payment_id"),
        ("customers", "customer_id"),
    ):
        [(rows, ids)] = ask(shop, f"SELECT count(*), count(DISTINCT {key}) FROM {table}")
        assert rows == ids


def test_loading_the_same_moment_twice_adds_nothing(shop: Path) -> None:
    assert loader.load_once(shop, now=NOW + timedelta(hours=1)) > 0
    assert loader.load_once(shop, now=NOW + timedelta(hours=1)) == 0


def test_a_clock_that_was_set_back_adds_nothing(shop: Path) -> None:
    assert loader.load_once(shop, now=NOW - timedelta(hours=1)) == 0


@pytest.mark.parametrize("hour", [3, 19])
def test_orders_are_touched_by_every_load_even_at_night(shop: Path, hour: int) -> None:
    start = NOW.replace(day=15, hour=hour)
    for seconds in (0, 15, 30, 45):
        loader.load_once(shop, now=start + timedelta(seconds=seconds))
        [(newest,)] = ask(shop, "SELECT max(updated_at) FROM orders")
        assert newest == pipeline.stored(start + timedelta(seconds=seconds))


def test_orders_move_on_to_their_end(shop: Path) -> None:
    loader.load_once(shop, now=NOW + timedelta(days=6))
    rows = ask(shop, "SELECT DISTINCT status FROM orders WHERE created_at < $now", now=pipeline.stored(NOW))
    assert {status for (status,) in rows} == {"delivered", "cancelled"}


def test_products_are_reviewed_one_after_the_other(shop: Path) -> None:
    loader.load_once(shop, now=NOW + timedelta(minutes=30))
    [(reviewed,)] = ask(shop, "SELECT count(*) FROM products WHERE updated_at > $now", now=pipeline.stored(NOW))
    assert reviewed == 3


def test_the_loader_waits_while_another_process_reads(shop: Path, reader: Reader) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        reader.let_go()

    assert loader.load_once(shop, now=NOW + timedelta(hours=1), wait=wait) > 0
    assert len(waits) == 1


@pytest.mark.usefixtures("reader")
def test_a_reader_who_never_lets_go_is_named_in_the_error(shop: Path) -> None:
    with pytest.raises(warehouse.WarehouseBusy, match="Close the program that has it open"):
        loader.load_once(shop, now=NOW + timedelta(hours=1), wait=lambda seconds: None)


def test_a_missing_warehouse_is_made(tmp_path: Path) -> None:
    loader.load_once(tmp_path / "demo", now=NOW)
    assert ask(tmp_path / "demo", "SELECT count(*) > 40000 FROM orders") == [(True,)]


def test_while_orders_are_late_only_products_are_loaded(shop: Path) -> None:
    note_broken(shop, {"late": NOW})
    before = ask(shop, "SELECT count(*), max(updated_at) FROM orders")
    assert loader.load_once(shop, now=NOW + timedelta(hours=1)) == 0
    assert ask(shop, "SELECT count(*), max(updated_at) FROM orders") == before
    assert ask(shop, "SELECT max(updated_at) FROM products") > [(pipeline.stored(NOW),)]


def test_the_loop_lives_on_after_a_load_that_failed(tmp_path: Path) -> None:
    stop, moments = threading.Event(), iter([NOW, NOW + timedelta(minutes=1)])
    in_the_way = tmp_path / "demo"
    in_the_way.write_text("a file where the folder should be")

    def clock() -> datetime:
        moment = next(moments)
        if moment > NOW:
            in_the_way.unlink()
            stop.set()
        return moment

    loader.run(in_the_way, clock=clock, stop=stop, every=0)
    assert warehouse.file_in(in_the_way).exists()

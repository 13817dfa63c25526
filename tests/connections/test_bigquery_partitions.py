"""The days in which BigQuery stores a table: what their ids mean, and what a look at them costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.engines.bigquery_catalogue import Listed
from apps.connections.engines.bigquery_partitions import days_by_name, days_of, listing
from apps.connections.engines.contract import Partition
from apps.connections.names import TableName
from tests.connections.stores import BigQueryStore, engine

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SATURDAY = date(2026, 11, 21)
ORDERS = TableName("shop", "orders")


@pytest.fixture
def store(bigquery_store: BigQueryStore) -> BigQueryStore:
    """A project in which it is the night of the 21st."""
    bigquery_store.server.warehouse.clock = lambda: NIGHT
    return bigquery_store


def partitions(store: BigQueryStore, table: TableName = ORDERS) -> list[Partition] | None:
    with engine(store) as session:
        found = session.partitions(table)
    return found if found is None else sorted(found, key=lambda part: part.day or date.max)


def test_daily_partitions_are_days_with_their_rows_and_when_each_was_written(store: BigQueryStore) -> None:
    store.execute(
        "CREATE TABLE orders (id INT64, at TIMESTAMP) PARTITION BY DATE(at)",
        "INSERT INTO orders VALUES (1, '2026-11-20 23:59:59+00'), (2, '2026-11-21 00:00:00+00')",
    )
    store.server.warehouse.clock = lambda: NIGHT + HOUR
    store.execute("INSERT INTO orders VALUES (3, '2026-11-21 02:00:00+00')")
    assert partitions(store) == [Partition(date(2026, 11, 20), 1, NIGHT), Partition(SATURDAY, 2, NIGHT + HOUR)]


def test_hourly_partitions_are_summed_up_to_days(store: BigQueryStore) -> None:
    store.execute(
        "CREATE TABLE orders (id INT64, at TIMESTAMP) PARTITION BY TIMESTAMP_TRUNC(at, HOUR)",
        "INSERT INTO orders VALUES (1, '2026-11-21 00:10:00+00'), (2, '2026-11-21 02:10:00+00')",
    )
    assert partitions(store) == [Partition(SATURDAY, 2, NIGHT)]


def test_rows_without_a_time_belong_to_no_day(store: BigQueryStore) -> None:
    store.execute(
        "CREATE TABLE orders (id INT64, day DATE) PARTITION BY day",
        "INSERT INTO orders VALUES (1, '2026-11-21'), (2, NULL)",
    )
    assert partitions(store) == [Partition(SATURDAY, 1, NIGHT)]


def test_streamed_rows_are_told_apart_until_they_are_part_of_a_day(store: BigQueryStore) -> None:
    store.execute(
        "CREATE TABLE orders (id INT64, day DATE) PARTITION BY day", "INSERT INTO orders VALUES (1, '2026-11-20')"
    )
    store.server.warehouse.stream(
        "INSERT INTO shop.orders VALUES (2, '2026-11-21'), (3, '2026-11-21')", dataset="shop", table="orders"
    )
    assert partitions(store) == [Partition(date(2026, 11, 20), 1, NIGHT), Partition(None, 2, NIGHT)]
    with engine(store) as session:
        assert session.observe()[ORDERS].rows == 1
        assert session.query("SELECT COUNT(*) FROM shop.orders") == [(3,)]


@pytest.mark.parametrize(
    "partition_by",
    ["", "PARTITION BY DATE_TRUNC(day, MONTH)", "PARTITION BY DATE_TRUNC(day, YEAR)",
     "PARTITION BY RANGE_BUCKET(id, GENERATE_ARRAY(0, 100, 1))"],
)  # fmt: skip
def test_tables_that_are_not_stored_by_days_say_so(store: BigQueryStore, partition_by: str) -> None:
    store.execute(
        f"CREATE TABLE orders (id INT64, day DATE) {partition_by}", "INSERT INTO orders VALUES (1, '2026-11-21')"
    )
    assert partitions(store) is None


def test_a_table_without_rows_a_view_and_a_foreign_dataset_have_no_days(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE orders (day DATE) PARTITION BY day", "CREATE VIEW recent AS SELECT * FROM orders")
    for table in (ORDERS, TableName("shop", "recent"), TableName("elsewhere", "orders")):
        assert partitions(store, table) is None


def test_a_table_that_is_split_into_days_by_name_has_them_from_the_list_of_tables(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE events_20261120 (n INT64)", "INSERT INTO events_20261120 VALUES (1), (2)")
    store.execute("CREATE TABLE events_20261121 (n INT64)", "CREATE TABLE events_intraday_20261121 (n INT64)")
    days = partitions(store, TableName("shop", "events_*"))
    assert [(part.day, part.rows) for part in days or ()] == [(date(2026, 11, 20), 2), (SATURDAY, 0)]
    assert "__TABLES__" in store.server.statements[-1]
    assert store.server.billed == 0


def test_a_look_at_partitions_is_one_statement_of_ten_megabytes_and_reads_no_data(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE orders (day DATE) PARTITION BY day", "INSERT INTO orders VALUES ('2026-11-21')")
    store.server.warehouse.tables["shop", "orders"].bytes_a_value = 10**15
    before = len(store.server.statements)
    assert partitions(store) == [Partition(SATURDAY, 1, NIGHT)]
    assert len(store.server.statements) == before + 1
    assert store.server.billed == 10 * 2**20


def test_the_name_of_a_table_is_quoted() -> None:
    sql = listing(TableName("p-1", "shop"), "o'x\\")
    assert "`p-1`.`shop`.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'o\\'x\\\\'" in sql


def test_both_tiers_of_the_buffer_are_one() -> None:
    rows = [("20261121", 1, NIGHT), ("__UNPARTITIONED__", 2, NIGHT), ("__UNPARTITIONED__", 3, NIGHT + HOUR)]
    assert days_of(rows) == [Partition(SATURDAY, 1, NIGHT), Partition(None, 5, NIGHT + HOUR)]


def test_rows_in_the_buffer_alone_make_no_days() -> None:
    assert days_of([("__UNPARTITIONED__", 2, NIGHT)]) is None
    assert days_of([("__NULL__", 2, NIGHT)]) is None


@pytest.mark.parametrize(
    "name", ["20261131", "2026112124", "202611", "2026", "00000000", "1", "-5", "__OTHER__", "", None]
)
def test_ids_that_are_no_days_make_the_table_one_without_days(name: str | None) -> None:
    assert days_of([("20261121", 1, NIGHT), (name, 1, NIGHT)]) is None


def test_a_name_that_only_looks_like_a_day_is_left_out() -> None:
    stored = [Listed("shop", f"events_{day}", 1, 0, 1000, 5, 40) for day in ("20260230", "20260228")]
    assert days_by_name(stored) == [Partition(date(2026, 2, 28), 5, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))]


HOURS = st.datetimes(datetime(1970, 1, 1), datetime(2159, 12, 31)).map(lambda at: f"{at:%Y%m%d%H}")  # noqa: DTZ001


@given(st.lists(st.tuples(HOURS, st.integers(0, 10**9)), min_size=1, unique_by=lambda row: row[0]))
def test_no_row_is_lost_or_counted_twice(rows: Sequence[tuple[str, int]]) -> None:
    days = days_of([(name, count, None) for name, count in rows]) or []
    assert sum(part.rows for part in days) == sum(count for _, count in rows)
    assert len({part.day for part in days}) == len(days) == len({name[:8] for name, _ in rows})

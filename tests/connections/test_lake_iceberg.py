"""Iceberg tables in a lake: right numbers by their manifests, or a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import DateType, IntegerType, LongType, NestedField, StringType, StructType, TimestamptzType

from apps.connections.engines.contract import Column, Look
from apps.connections.engines.errors import QueryFailed
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings
from apps.connections.names import TableName
from tests.connections.iceberg_tables import IcebergTable

ORDERS = TableName("sales", "orders")
FIELDS = (
    NestedField(1, "id", LongType(), required=True, doc="The key"),
    NestedField(2, "at", TimestamptzType(), required=False),
    NestedField(3, "name", StringType(), required=False),
)
TEN = "SELECT range AS id, TIMESTAMPTZ '2026-11-20 10:00:00+00' AS at, 'n' || range AS name FROM range({}, {})"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def orders(tmp_path: Path) -> IcebergTable:
    """The table sales.orders with two files of ten rows, the second of them written at noon."""
    table = IcebergTable(tmp_path / "lake" / "sales" / "orders", Schema(*FIELDS))
    table.append(TEN.format(0, 10), at=NOON.timestamp() - 3600)
    table.append(TEN.format(10, 20), at=NOON.timestamp())
    return table


def lake(table: IcebergTable) -> Lake:
    return Lake(LakeSettings(path=str(table.folder.parent.parent)))


def look(table: IcebergTable) -> Look:
    with lake(table) as session:
        return session.observe()[ORDERS]


def one(table: IcebergTable, select: str) -> tuple[object, ...]:
    with lake(table) as session:
        [row] = session.query(f"SELECT {select} FROM sales.orders")
    return row


def test_rows_and_the_time_of_the_change_come_from_the_snapshot(orders: IcebergTable) -> None:
    found = look(orders)
    assert (found.rows, found.changed_at) == (20, NOON)


def test_columns_come_with_comments_and_nullability(orders: IcebergTable) -> None:
    with lake(orders) as session:
        columns = session.columns([ORDERS])[ORDERS]
    assert columns[0] == Column("id", "BIGINT", "", nullable=False, comment="The key")
    assert [(column.name, column.time) for column in columns[1:]] == [("at", "aware"), ("name", "")]


def test_only_the_files_of_the_newest_snapshot_are_read(orders: IcebergTable) -> None:
    (orders.folder / "data" / "left-over.parquet").write_bytes(b"not even Parquet")
    assert one(orders, "count(*), sum(id), max(name)") == (20, 190, "n9")


def test_renamed_and_added_columns_are_right_in_old_files(orders: IcebergTable) -> None:
    customer = NestedField(3, "customer", StringType(), required=False)
    extra = NestedField(4, "name", IntegerType(), required=False)  # under the name that was given up
    orders.change_schema(Schema(*FIELDS[:2], customer, extra, schema_id=1))
    orders.append("SELECT 20::BIGINT AS id, now() AS at, 'z' AS customer, 7 AS name")
    assert one(orders, "count(customer), max(customer), count(name), max(name)") == (21, "z", 1, 7)


def test_a_column_that_was_widened_is_read_as_it_is_now(orders: IcebergTable) -> None:
    widened = IcebergTable(orders.folder.parent / "small", Schema(NestedField(1, "n", IntegerType(), required=False)))
    widened.append("SELECT 7::INTEGER AS n")
    widened.change_schema(Schema(NestedField(1, "n", LongType(), required=False), schema_id=1))
    widened.append("SELECT 3000000000::BIGINT AS n")
    with lake(orders) as session:
        assert session.query("SELECT sum(n) FROM sales.small") == [(3000000007,)]


def test_rows_that_are_deleted_by_their_place_are_left_out(orders: IcebergTable) -> None:
    location = orders.append(TEN.format(20, 30))
    orders.delete_positions(location, 0, 9)
    assert one(orders, "count(*), sum(id)") == (28, 435 - 20 - 29)
    assert look(orders).rows is None  # the snapshot counts the rows of the files


def test_deletes_by_value_are_refused_with_a_sentence(orders: IcebergTable) -> None:
    orders.delete_values()
    with pytest.raises(QueryFailed, match=r"sales/orders cannot be read.*\(equality deletes\)"):
        one(orders, "count(*)")


def test_compaction_is_no_change_of_data(orders: IcebergTable) -> None:
    before = look(orders)
    orders.compact(at=NOON.timestamp() + 7200)
    after = look(orders)
    assert (after.changed_at, after.rows) == (NOON, 20)
    assert after.mark != before.mark


def test_a_property_that_is_set_is_no_change_of_data_and_a_comment_is_told(orders: IcebergTable) -> None:
    orders.set_property("comment", "All orders")
    assert look(orders).changed_at == NOON
    with lake(orders) as session:
        assert [info.comment for info in session.tables()] == ["All orders"]


def test_a_column_by_which_the_table_is_partitioned_says_so(tmp_path: Path) -> None:
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "day"))
    schema = Schema(FIELDS[0], NestedField(2, "day", DateType(), required=False))
    table = IcebergTable(tmp_path / "lake" / "sales" / "orders", schema, spec=spec)
    table.append("SELECT 1::BIGINT AS id, DATE '2026-11-20' AS day", partition=Record((date(2026, 11, 20)).toordinal()))
    with lake(table) as session:
        columns = session.columns([ORDERS])[ORDERS]
    assert [column.partition for column in columns] == [False, True]
    assert one(table, "max(day)") == (date(2026, 11, 20),)


def test_a_table_without_snapshots_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    table = IcebergTable(tmp_path / "lake" / "sales" / "orders", Schema(*FIELDS))
    assert one(table, 'count(*), max("at")') == (0, None)
    assert (look(table).rows, look(table).changed_at) == (0, None)


def test_a_nested_column_whose_parts_changed_is_left_out(tmp_path: Path) -> None:
    def shape(name: str) -> NestedField:
        return NestedField(2, "who", StructType(NestedField(3, name, StringType(), required=False)), required=False)

    table = IcebergTable(tmp_path / "lake" / "sales" / "orders", Schema(FIELDS[0], shape("first")))
    table.append("SELECT 1::BIGINT AS id, {'first': 'Ada'} AS who")
    assert one(table, "who.first") == ("Ada",)
    table.change_schema(Schema(FIELDS[0], shape("given"), schema_id=1))
    with lake(table) as session:
        assert [column.name for column in session.columns([ORDERS])[ORDERS]] == ["id"]


def test_a_table_that_was_copied_from_elsewhere_is_read_where_it_lies(tmp_path: Path) -> None:
    table = IcebergTable(tmp_path / "lake" / "sales" / "orders", Schema(*FIELDS), location="s3://old/sales/orders")
    location = table.append(TEN.format(0, 10))
    table.delete_positions(location, 9)
    assert one(table, "count(*), sum(id)") == (9, 36)


@pytest.mark.parametrize("place", ["s3://elsewhere/sales/orders", "{}/../../../secret", "/etc"])
def test_files_outside_of_the_folder_are_refused(orders: IcebergTable, place: str) -> None:
    metadata = max(orders.folder.glob("metadata/*.json"), key=lambda file: file.name)
    here, there = f"{orders.location}/metadata/snap", f"{place.format(orders.location)}/metadata/snap"
    metadata.write_text(metadata.read_text().replace(here, there))
    with pytest.raises(QueryFailed, match=r"names files outside of .*/lake, such as"):
        one(orders, "count(*)")


def test_columns_that_are_found_by_name_are_refused(orders: IcebergTable) -> None:
    orders.set_property("schema.name-mapping.default", "[]")
    with pytest.raises(QueryFailed, match="columns are found by name"):
        one(orders, "count(*)")


@pytest.mark.parametrize("left", [0, 40, 600])
def test_a_manifest_that_is_cut_off_is_a_sentence(orders: IcebergTable, left: int) -> None:
    manifest = max(orders.folder.glob("metadata/*-m0.avro"), key=lambda file: file.stat().st_mtime_ns)
    manifest.write_bytes(manifest.read_bytes()[:left])
    with pytest.raises(QueryFailed, match="The Iceberg table sales/orders cannot be read: "):
        one(orders, "count(*)")


def test_metadata_that_is_damaged_spoils_its_own_table_alone(orders: IcebergTable) -> None:
    other = IcebergTable(orders.folder.parent / "other", Schema(*FIELDS))
    other.append(TEN.format(0, 3))
    (orders.folder / "metadata" / "00099-x.metadata.json").write_text('{"format-version": 2, ')
    with lake(orders) as session:
        assert session.observe()[ORDERS].rows is None
        assert list(session.columns()) == [TableName("sales", "other")]
        assert "sales/orders cannot be read" in session.unreadable[ORDERS]
        assert session.query("SELECT count(*) FROM sales.other") == [(3,)]

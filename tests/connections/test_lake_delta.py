"""Delta tables in a lake: right numbers by their log, or a sentence."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable, write_deltalake
from pyroaring import BitMap

from apps.connections.engines.contract import Column, Look
from apps.connections.engines.errors import QueryFailed
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings
from apps.connections.names import TableName

ORDERS = TableName("sales", "orders")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
BITMAPS = 1681511377  # the number with which Delta's protocol begins a deletion vector


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """The table sales.orders with ten rows, written at noon."""
    folder = tmp_path / "lake" / "sales" / "orders"
    write(folder, "SELECT range AS id, 'n' || range AS name FROM range(10)")
    return folder


def write(folder: Path, select: str, **options: Any) -> None:
    with duckdb.connect() as session:
        write_deltalake(folder, session.sql(select), **options)
    touch(folder, NOON)


def touch(folder: Path, at: datetime) -> None:
    """Make the newest entry of the log as old as that."""
    newest = max(folder.glob("_delta_log/*.json"))
    os.utime(newest, (at.timestamp(), at.timestamp()))


def commit(folder: Path, *actions: Mapping[str, Any]) -> None:
    """Add an entry to the log, as another program does."""
    (folder / "_delta_log").mkdir(parents=True, exist_ok=True)
    version = len(list(folder.glob("_delta_log/*.json")))
    lines = "\n".join(json.dumps(action) for action in actions)
    (folder / "_delta_log" / f"{version:020}.json").write_text(lines)


def added(folder: Path) -> dict[str, Any]:
    """The action that added the first file."""
    lines = (folder / "_delta_log" / f"{0:020}.json").read_text().splitlines()
    found: dict[str, Any] = next(json.loads(line)["add"] for line in lines if '"add"' in line)
    return found


def vector(*rows: int) -> dict[str, Any]:
    """A deletion vector that stands in the log itself, as Delta's protocol describes it."""
    raw = struct.pack("<IQI", BITMAPS, 1, 0) + BitMap(rows).serialize()
    padded, text = raw + bytes(-len(raw) % 4), ""
    for (number,) in struct.iter_unpack(">I", padded):
        text += "".join(Z85[number // 85**place % 85] for place in (4, 3, 2, 1, 0))
    return {"storageType": "i", "pathOrInlineDv": text, "sizeInBytes": len(raw), "cardinality": len(rows)}


def protocol(*features: str) -> dict[str, Any]:
    names = list(features)
    return {
        "protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": names, "writerFeatures": names}
    }


def lake(folder: Path) -> Lake:
    return Lake(LakeSettings(path=str(folder.parent.parent)))


def look(folder: Path) -> Look:
    with lake(folder) as session:
        return session.observe()[ORDERS]


def one(folder: Path, select: str) -> tuple[object, ...]:
    with lake(folder) as session:
        [row] = session.query(f"SELECT {select} FROM sales.orders")
    return row


def test_the_time_of_the_change_is_that_of_the_newest_entry(orders: Path) -> None:
    assert look(orders).changed_at == NOON


def test_only_the_files_of_the_newest_version_are_read(orders: Path) -> None:
    write(orders, "SELECT 7::BIGINT AS id, 'x' AS name", mode="overwrite")
    (orders / "left-over.parquet").write_bytes(b"not even Parquet")
    assert one(orders, "count(*), max(id), max(name)") == (1, 7, "x")


def test_compaction_is_no_change_of_data(orders: Path) -> None:
    write(orders, "SELECT 10::BIGINT AS id, 'y' AS name", mode="append")
    before = look(orders)
    DeltaTable(orders).optimize.compact()
    after = look(orders)
    assert (after.changed_at, before.changed_at) == (NOON, NOON)
    assert after.mark != before.mark
    assert one(orders, "count(*)") == (11,)


def test_a_log_of_nothing_but_maintenance_gives_the_time_of_its_first_entry(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "sales" / "orders"
    for _ in range(30):
        commit(folder, {"commitInfo": {"operation": "VACUUM START"}})
    for number, entry in enumerate(sorted(folder.glob("_delta_log/*.json"))):
        os.utime(entry, (1000 + number, 1000 + number))
    assert look(folder).changed_at == datetime.fromtimestamp(1010, UTC)  # twenty entries are looked at


def test_partition_values_come_from_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "sales" / "orders"
    select = (
        "SELECT range AS id, DATE '2026-11-20' + (range % 2)::INT AS day, 'a/b %' || range % 2 AS odd FROM range(10)"
    )
    write(folder, select, partition_by=["day", "odd"])
    assert one(folder, "count(*), sum(id), max(day), min(odd)") == (10, 45, date(2026, 11, 21), "a/b %0")
    with lake(folder) as session:
        columns = session.columns([ORDERS])[ORDERS]
        assert session.query("SELECT day, count(*) FROM sales.orders GROUP BY day ORDER BY day") == [
            (date(2026, 11, 20), 5),
            (date(2026, 11, 21), 5),
        ]
    assert columns[1] == Column("day", "DATE", "date", partition=True)


def test_partition_values_of_every_type_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "sales" / "orders"
    keys = ["seen", "local", "yes", "price", "void"]
    select = (
        "SELECT 1 AS id, TIMESTAMPTZ '2026-11-20 10:00:00.5+02' AS seen, TIMESTAMP '2026-11-20 10:00' AS local,"
        " true AS yes, 1.50::DECIMAL(9, 2) AS price, NULL::INT AS void"
    )
    write(folder, select, partition_by=keys)
    moment = datetime(2026, 11, 20, 8, 0, 0, 500000, UTC).timestamp()
    assert one(folder, "epoch(seen), local::VARCHAR, yes, price::VARCHAR, void") == (
        moment, "2026-11-20 10:00:00", True, "1.50", None,
    )  # fmt: skip


def test_columns_that_were_added_are_null_in_old_files(orders: Path) -> None:
    write(orders, "SELECT 10::BIGINT AS id, 'y' AS name, 5 AS extra", mode="append", schema_mode="merge")
    assert one(orders, "count(*), count(extra), max(extra)") == (11, 1, 5)


def test_comments_of_columns_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "sales" / "orders"
    fields = [{"name": "id", "type": "long", "nullable": False, "metadata": {"comment": "The key"}}]
    commit(folder, {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, metadata(fields))
    with lake(folder) as session:
        assert session.columns() == {ORDERS: [Column("id", "BIGINT", "", nullable=False, comment="The key")]}
        assert session.query("SELECT count(*) FROM sales.orders") == [(0,)]


def metadata(fields: list[dict[str, Any]], **configuration: str) -> dict[str, Any]:
    return {
        "metaData": {
            "id": "orders", "format": {"provider": "parquet", "options": {}}, "partitionColumns": [],
            "schemaString": json.dumps({"type": "struct", "fields": fields}), "configuration": configuration,
        }
    }  # fmt: skip


def mapped(number: int, name: str, kind: Any = "long") -> dict[str, Any]:
    """A column that has another name in the files."""
    words = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": f"col-{number}"}
    return {"name": name, "type": kind, "nullable": True, "metadata": words}


@pytest.mark.parametrize("mode", ["name", "id"])
def test_columns_that_were_renamed_are_found_in_the_files(tmp_path: Path, mode: str) -> None:
    folder = tmp_path / "lake" / "sales" / "orders"
    folder.mkdir(parents=True)
    with duckdb.connect() as session:
        options = '(FIELD_IDS {"col-1": 1, "col-2": 2})'
        session.execute(f'COPY (SELECT 7 AS "col-1", 8 AS "col-2") TO \'{folder}/x.parquet\' {options}')
    file = {"path": "x.parquet", "partitionValues": {}, "size": 1, "modificationTime": 1, "dataChange": True}
    fields = [mapped(2, "price"), mapped(1, "id")]
    described = metadata(fields, **{"delta.columnMapping.mode": mode, "delta.columnMapping.maxColumnId": "2"})
    commit(folder, {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}, described, {"add": file})
    assert one(folder, "id, price") == (7, 8)


def test_rows_that_a_deletion_vector_deletes_are_left_out(orders: Path) -> None:
    file = added(orders)
    removed = {"path": file["path"], "dataChange": True, "deletionTimestamp": 1}
    changed = {**file, "deletionVector": vector(1, 3, 5), "dataChange": True}
    commit(orders, protocol("deletionVectors"), {"remove": removed}, {"add": changed})
    with duckdb.connect() as session:
        rows = session.from_arrow(DeltaTable(orders).scan()).aggregate("count(*), sum(id)").fetchall()
    assert rows == [one(orders, "count(*), sum(id)")] == [(7, 36)]


def test_a_feature_that_is_not_understood_is_refused_by_name(orders: Path) -> None:
    commit(orders, protocol("quantumRows"))
    with pytest.raises(QueryFailed, match=r"The Delta log of sales/orders cannot be read: .*quantumRows"):
        one(orders, "count(*)")


def test_files_outside_of_the_folder_are_refused(orders: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.parquet"
    with duckdb.connect() as session:
        session.execute(f"COPY (SELECT 1::BIGINT AS id, 'gehe1m' AS name) TO '{outside}'")
    for path in (str(outside), "../../../secret.parquet", outside.as_uri()):
        commit(orders, {"add": {**added(orders), "path": path, "dataChange": True}})
        with pytest.raises(QueryFailed, match=r"has files outside of .*/lake, such as"):
            one(orders, "max(name)")
        max(orders.glob("_delta_log/*.json")).unlink()


def test_a_half_written_entry_spoils_its_own_table_alone(orders: Path) -> None:
    write(orders.parent / "other", "SELECT 1 AS n")
    (orders / "_delta_log" / f"{1:020}.json").write_text('{"add":')
    with lake(orders) as session:
        assert set(session.observe()) == {ORDERS, TableName("sales", "other")}
        assert session.query("SELECT n FROM sales.other") == [(1,)]
        with pytest.raises(QueryFailed, match="The Delta log of sales/orders cannot be read"):
            session.query("SELECT count(*) FROM sales.orders")


def test_a_table_is_read_from_its_newest_checkpoint(orders: Path) -> None:
    for number in range(3):
        write(orders, f"SELECT {number + 10}::BIGINT AS id, 'z' AS name", mode="append")
    DeltaTable(orders).create_checkpoint()
    write(orders, "SELECT 99::BIGINT AS id, 'z' AS name", mode="append")
    for version in range(3):  # log clean-up takes what the checkpoint holds
        (orders / "_delta_log" / f"{version:020}.json").unlink()
    assert one(orders, "count(*), max(id)") == (14, 99)
    assert look(orders).changed_at == NOON


def test_a_checkpoint_that_is_still_being_written_is_not_relied_on(orders: Path) -> None:
    write(orders, "SELECT 10::BIGINT AS id, 'z' AS name", mode="append")
    (orders / "_delta_log" / f"{1:020}.checkpoint.{1:010}.{2:010}.parquet").write_bytes(b"the first part of two")
    assert one(orders, "count(*)") == (11,)


def test_a_session_that_is_opened_again_looks_again(orders: Path) -> None:
    session = lake(orders)
    with session:
        assert session.observe()[ORDERS].changed_at == NOON
    write(orders, "SELECT 10::BIGINT AS id, 'z' AS name", mode="append")
    touch(orders, datetime(2026, 11, 20, 13, tzinfo=UTC))
    with session:
        assert session.observe()[ORDERS].changed_at == datetime(2026, 11, 20, 13, tzinfo=UTC)

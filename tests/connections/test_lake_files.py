"""Parquet, CSV and JSON files in a lake on local disk: what is read, and what is said of files that cannot be."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from apps.connections.engines.contract import BATCH, Column, Trust
from apps.connections.engines.errors import DatabaseMissing, LoginRefused, QueryFailed, TableMissing
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings
from apps.connections.engines.lake_storage import LocalStorage
from apps.connections.names import TableName

ORDERS = TableName("sales", "orders")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    (folder / "sales" / "orders").mkdir(parents=True)
    return folder


def lake(root: Path) -> Lake:
    return Lake(LakeSettings(path=str(root)))


def parquet(path: Path, select: str) -> Path:
    """A Parquet file as somebody else's pipeline writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as session:
        session.sql(select).write_parquet(str(path))
    return path


def one(root: Path, sql: str) -> tuple[object, ...]:
    with lake(root) as session:
        [row] = session.query(sql)
    return row


def test_every_format_is_read_packed_or_not(root: Path) -> None:
    parquet(root / "p.parquet", "SELECT 1 AS n")
    (root / "c.csv").write_text("n,name\n2,b\n")
    (root / "t.tsv.gz").write_bytes(gzip.compress(b"n\tname\n3\tc\n"))
    (root / "j.json").write_text('[{"n": 4}]')
    (root / "l.jsonl.gz").write_bytes(gzip.compress(b'{"n": 5}\n{"n": 6}\n'))
    union = " UNION ALL ".join(f"SELECT n FROM {table}" for table in "pctjl")
    assert one(root, f"SELECT sum(n) FROM ({union})") == (21,)


def test_all_files_of_a_table_are_read_by_the_names_of_their_columns(root: Path) -> None:
    parquet(root / "sales/orders/a.parquet", "SELECT 1 AS id, 'x' AS name")
    parquet(root / "sales/orders/b.parquet", "SELECT 'y' AS name, 3000000000 AS id, 5 AS extra")
    assert one(root, "SELECT count(*), sum(id), max(name), count(extra) FROM sales.orders") == (2, 3000000001, "y", 1)
    with lake(root) as session:
        assert [column.name for column in session.columns([ORDERS])[ORDERS]] == ["id", "name", "extra"]


def test_partition_folders_are_columns_of_their_type(root: Path) -> None:
    for day in (20, 21):
        parquet(root / f"sales/orders/day=2026-11-{day}/a.parquet", "SELECT 1 AS n")
    parquet(root / "sales/orders/day=__HIVE_DEFAULT_PARTITION__/a.parquet", "SELECT 1 AS n")
    assert one(root, "SELECT max(day), count(day), count(*) FROM sales.orders") == (date(2026, 11, 21), 2, 3)
    with lake(root) as session:
        assert session.columns()[ORDERS][1] == Column("day", "DATE", "date", partition=True)


def test_a_series_of_files_is_one_table(root: Path) -> None:
    for day in (19, 20):
        (root / f"orders_2026-11-{day}.csv").write_text(f"id,at\n{day},2026-11-{day} 10:00:00\n")
    assert one(root, 'SELECT count(*), max("at")::VARCHAR FROM "orders_*"') == (2, "2026-11-20 10:00:00")


def test_a_look_tells_the_newest_file_and_all_bytes_and_opens_no_file(root: Path) -> None:
    for name, at in (("a.csv", NOON.timestamp() - 60), ("b.csv", NOON.timestamp())):
        (root / "sales/orders" / name).write_bytes(b"\x00" * 50)  # nothing that could be read
        os.utime(root / "sales/orders" / name, (at, at))
    with lake(root) as session:
        look = session.observe()[ORDERS]
        assert (look.changed_at, look.bytes, look.rows, session.statements) == (NOON, 100, None, 1)


def test_a_file_from_the_future_does_not_make_a_table_fresh(root: Path) -> None:
    old, odd = root / "sales/orders/a.csv", root / "sales/orders/b.csv"
    for file, at in ((old, NOON.timestamp() - 86400), (odd, datetime(2092, 1, 1, tzinfo=UTC).timestamp())):
        file.write_text("n\n1\n")
        os.utime(file, (at, at))
    with lake(root) as session:
        assert session.observe()[ORDERS].changed_at == datetime(2026, 11, 19, 12, tzinfo=UTC)


Change = Callable[[Path], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.with_name("b.csv").write_text("n\n"),
        lambda file: file.rename(file.with_name("c.csv")),
        lambda file: os.utime(file, (1, 1)),
        lambda file: file.write_text("n\n2\n"),
    ],
    ids=["added", "renamed", "dated", "written"],
)
def test_the_mark_changes_with_every_file(root: Path, change: Change) -> None:
    (root / "sales/orders/a.csv").write_text("n\n1\n")
    with lake(root) as session:
        before = session.observe()[ORDERS].mark
    change(root / "sales/orders/a.csv")
    with lake(root) as session:
        assert session.observe()[ORDERS].mark != before


def test_columns_of_a_table_with_many_files_come_from_the_first_and_the_last(root: Path) -> None:
    for number in range(30):
        extra = {0: ", 1 AS old", 29: ", 1 AS new"}.get(number, "")
        file = parquet(root / f"sales/orders/{29 - number:03}.parquet", f"SELECT 1 AS n{extra}")
        os.utime(file, (number, number))
    with lake(root) as session:
        assert [column.name for column in session.columns()[ORDERS]] == ["n", "old", "new"]
        assert session.query("SELECT count(*) FROM sales.orders") == [(30,)]


def test_columns_of_more_tables_than_a_batch_all_come(root: Path) -> None:
    for number in range(BATCH + 5):
        (root / "sales" / f"t{chr(97 + number % 26)}x{chr(97 + number // 26)}.csv").write_text(f"c{number}\n1\n")
    with lake(root) as session:
        assert len({columns[0].name for columns in session.columns().values()}) == BATCH + 5


def _halve(path: Path) -> object:
    whole = path.read_bytes()
    return path.write_bytes(whole[: len(whole) // 2])


BROKEN: dict[str, tuple[Change, str]] = {
    "half.parquet": (lambda path: _halve(parquet(path, "SELECT range FROM range(999)")), "is no whole Parquet file"),
    "empty.parquet": (lambda path: path.write_bytes(b""), "is no whole Parquet file"),
    "text.parquet": (lambda path: path.write_text("not a Parquet file at all"), "is no whole Parquet file"),
    "empty.csv": (lambda path: path.write_text(""), "There is nothing in the files of"),
    "half.csv.gz": (lambda path: path.write_bytes(gzip.compress(b"a,b\n" * 999)[:40]), "is no whole file"),
    "plain.csv.gz": (lambda path: path.write_text("a,b\n1,2\n"), "is not packed, though its name says so"),
    "half.csv": (lambda path: path.write_text("a,b\n1,2\n3"), "do not all have the same number of columns"),
    "latin.csv": (lambda path: path.write_bytes(b"a,b\n1,\xfc\n"), "cannot be read as CSV: .*not utf-8"),
    "odd.csv": (lambda path: path.write_bytes(bytes(range(256)) * 20), "cannot be read as CSV"),
    "half.json": (lambda path: path.write_text('{"a": 1}\n{"a":'), "is no whole JSON file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_spoils_its_own_table_alone_and_says_why(root: Path, name: str) -> None:
    make, said = BROKEN[name]
    make(root / "sales" / name)
    (root / "sales" / "good.csv").write_text("n\n7\n")
    broken = TableName("sales", name.partition(".")[0])
    with lake(root) as session:
        assert set(session.observe()) == {broken, TableName("sales", "good")}
        assert list(session.columns()) == [TableName("sales", "good")]
        assert session.query("SELECT n FROM sales.good") == [(7,)]
        with pytest.raises(QueryFailed, match=said):
            raise QueryFailed(session.unreadable[broken])


def test_a_value_of_another_type_far_down_is_a_sentence_with_its_line(root: Path) -> None:
    (root / "sales/orders/a.csv").write_text("n\n" + "1\n" * 30_000 + "x\n")
    with pytest.raises(QueryFailed, match=r'Line 30002 of .*a\.csv cannot be read as CSV: .*"n"'):
        one(root, "SELECT sum(n) FROM sales.orders")


def test_a_column_of_two_types_is_a_sentence_that_names_both(root: Path) -> None:
    parquet(root / "sales/orders/a.parquet", "SELECT 1 AS n")
    parquet(root / "sales/orders/b.parquet", "SELECT [1] AS n")
    with pytest.raises(
        QueryFailed, match=r"The column n holds INTEGER in .*a\.parquet, and INTEGER\[\] in other files"
    ):
        one(root, "SELECT count(n) FROM sales.orders")


def test_a_table_of_mixed_formats_is_refused_with_a_sentence(root: Path) -> None:
    parquet(root / "sales/orders/a.parquet", "SELECT 1 AS n")
    (root / "sales/orders/b.csv").write_text("n\n1\n")
    with pytest.raises(QueryFailed, match="more than one format in sales/orders"):
        one(root, "SELECT count(*) FROM sales.orders")


def test_a_folder_without_data_files_is_no_table(root: Path) -> None:
    (root / "sales/orders/_SUCCESS").write_text("")
    with lake(root) as session:
        assert session.observe() == {}
        with pytest.raises(TableMissing):
            session.query("SELECT count(*) FROM sales.orders")


def test_a_file_that_is_removed_under_the_look_is_a_sentence(root: Path) -> None:
    file = parquet(root / "sales/orders/a.parquet", "SELECT 1 AS n")
    with lake(root) as session:
        file.unlink()
        with pytest.raises(QueryFailed, match="was removed while Midwatch was about to read it"):
            session.query("SELECT count(*) FROM sales.orders")


def test_names_that_differ_in_case_alone_are_told_apart_one_at_a_time(root: Path) -> None:
    (root / "orders.csv").write_text("n\n1\n")
    (root / "Orders.csv").write_text("n\n2\n")
    (root / "Single.csv").write_text("n\n3\n")
    with lake(root) as session:
        assert session.query('SELECT n FROM "orders"') == [(1,)]
        assert session.query('SELECT n FROM "Orders"') == [(2,)]
        assert session.query("SELECT n FROM single") == [(3,)]
        for both in ('SELECT 1 FROM "orders", "Orders"', "SELECT 1 FROM ORDERS"):
            with pytest.raises(QueryFailed, match="differ in upper and lower case alone"):
                session.query(both)


def test_joins_and_subqueries_find_their_tables(root: Path) -> None:
    (root / "a.csv").write_text("id,n\n1,2\n")
    (root / "b.csv").write_text("id,m\n1,3\n")
    sql = "WITH x AS (SELECT * FROM a JOIN b USING (id)) SELECT n * m FROM x WHERE id IN (SELECT id FROM files.b)"
    assert one(root, sql) == (6,)


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("password\ngehe1m\n")
    (root / "secret.csv").symlink_to(tmp_path / "secret.csv")
    (root / "outside").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    with lake(root) as session:
        assert session.tables() == []


def test_a_folder_that_is_not_there_or_is_a_file_is_named(root: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"There is no folder .*/nowhere on the machine"):
        lake(root / "nowhere").open()
    (root / "file.csv").write_text("n\n")
    with pytest.raises(DatabaseMissing, match=r"file\.csv is a file. Give the path of the folder"):
        lake(root / "file.csv").open()


def test_a_folder_that_may_not_be_read_is_a_login_that_was_refused() -> None:
    denied = LocalStorage("/data/lake")._failed(PermissionError(13, "Permission denied"))
    assert isinstance(denied, LoginRefused)
    assert "Let the account that runs Midwatch read that folder" in str(denied)


def test_a_path_is_made_absolute_from_the_folder_of_the_file_that_names_it() -> None:
    assert Lake.resolve({"path": "../lake"}, folder="/srv/rules") == {"path": "/srv/lake"}
    assert Lake.resolve({"path": "s3://bucket/lake"}, folder="/srv") == {"path": "s3://bucket/lake"}
    assert Lake.resolve({}, folder="/srv") == {}


def test_times_of_files_are_an_estimate() -> None:
    assert (Lake.change_trust, Lake.rows_trust) == (Trust.ESTIMATE, Trust.ESTIMATE)

"""What is SQLite's own: files that are locked, missing or no database, marks from the file, and values of any type."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from apps.connections.engines import sqlite
from apps.connections.engines.contract import Trust
from apps.connections.engines.errors import Busy, ConnectionFailed, DatabaseMissing, NotPermitted, QueryFailed
from apps.connections.engines.sqlite import SQLite, SQLiteSettings, signature
from apps.connections.names import TableName
from tests.connections.stores import SQLiteStore, engine

A, B = TableName("main", "a"), TableName("main", "b")
HOUR = 3600


class Impatient(SQLite):
    """Does not wait for a writer."""

    patience = 0


def _prints(store: SQLiteStore) -> dict[TableName, str]:
    with engine(store) as session:
        return session.fingerprints([A, B])


@pytest.fixture
def two_tables(sqlite_store: SQLiteStore) -> SQLiteStore:
    """Tables a and b with three rows each."""
    for name in "ab":
        sqlite_store.execute(f"CREATE TABLE {name} (n integer, s text)")
        sqlite_store.execute(f"INSERT INTO {name} VALUES (1, 'x'), (2, 'y'), (3, NULL)")
    return sqlite_store


@pytest.fixture
def age(sqlite_store: SQLiteStore) -> Callable[[], None]:
    """Lets the file look as if it had been written an hour ago."""

    def set_back() -> None:
        for path in sqlite_store.path.parent.glob(f"{sqlite_store.path.name}*"):
            os.utime(path, (time.time() - HOUR, time.time() - HOUR))

    return set_back


def test_a_file_in_the_middle_of_a_commit_is_busy_and_can_be_read_afterwards(two_tables: SQLiteStore) -> None:
    settings = SQLiteSettings(path=str(two_tables.path))
    with closing(two_tables.connect()) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match="program that writes holds the file") as caught:
            Impatient(settings).open()
        writer.execute("ROLLBACK")
    assert caught.value.retryable
    with Impatient(settings) as session:
        assert session.query("SELECT count(*) FROM a") == [(3,)]


def test_a_transaction_that_is_still_open_does_not_disturb(two_tables: SQLiteStore) -> None:
    with closing(two_tables.connect()) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO a VALUES (4, 'z')")
        with engine(two_tables) as session:
            assert session.query("SELECT count(*) FROM a") == [(3,)]


def test_a_missing_file_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"no file .*nowhere\.db"):
        SQLite(SQLiteSettings(path=str(tmp_path / "nowhere.db"))).open()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all\n" * 500)
    with pytest.raises(DatabaseMissing, match="not a SQLite database"):
        SQLite(SQLiteSettings(path=str(path))).open()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="is a folder"):
        SQLite(SQLiteSettings(path=str(tmp_path))).open()


@pytest.mark.parametrize(
    "sql",
    ["ATTACH '{0}' AS other", "VACUUM INTO '{0}'", "PRAGMA journal_mode = DELETE", "PRAGMA query_only", "BEGIN",
     "CREATE TEMP TABLE x (n int)", "UPDATE sqlite_master SET sql = ''", "SELECT load_extension('{0}')"],
)  # fmt: skip
def test_nothing_but_this_file_can_be_reached_and_nothing_set(
    two_tables: SQLiteStore, tmp_path: Path, sql: str
) -> None:
    other = tmp_path / "other.db"
    with engine(two_tables) as session, pytest.raises(QueryFailed):
        session.query(sql.format(other))
    assert not other.exists()


@pytest.mark.parametrize("sql", ["DELETE FROM a", "SELECT 1; SELECT 2", "DROP TABLE a"])
def test_more_than_one_select_is_refused_with_the_reason(two_tables: SQLiteStore, sql: str) -> None:
    with engine(two_tables) as session, pytest.raises(NotPermitted, match="exactly one SELECT"):
        session.query(sql)


def test_a_fresh_write_leaves_no_mark_to_trust_and_an_older_one_does(
    two_tables: SQLiteStore, age: Callable[[], None]
) -> None:
    assert signature(two_tables.path, now=time.time()) == ""
    age()
    before = signature(two_tables.path, now=time.time())
    assert before
    assert signature(two_tables.path, now=time.time()) == before


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_write_changes_the_mark_also_when_size_and_time_stay(
    two_tables: SQLiteStore, age: Callable[[], None], journal: str
) -> None:
    with closing(two_tables.connect()) as writer:
        writer.execute(f"PRAGMA journal_mode = {journal}")
        writer.execute("UPDATE a SET s = 'z'")
        age()
        before = signature(two_tables.path, now=time.time())
        writer.execute("UPDATE a SET s = 'y'")
        age()
        assert signature(two_tables.path, now=time.time()) != before


def test_reading_a_file_with_a_write_ahead_log_leaves_its_mark(
    two_tables: SQLiteStore, age: Callable[[], None]
) -> None:
    two_tables.execute("PRAGMA journal_mode = WAL", "INSERT INTO a VALUES (4, 'z')")
    age()
    before = signature(two_tables.path, now=time.time())
    with engine(two_tables) as session:
        assert session.query("SELECT count(*) FROM a") == [(4,)]
    assert signature(two_tables.path, now=time.time()) == before


def test_looking_does_not_take_the_lock_from_a_writer_in_this_very_process(two_tables: SQLiteStore) -> None:
    intruder = (
        f"import sqlite3; sqlite3.connect({str(two_tables.path)!r}, timeout=0).execute('INSERT INTO a VALUES (9, 0)')"
    )
    with closing(two_tables.connect()) as writer:
        writer.execute("BEGIN IMMEDIATE")
        signature(two_tables.path, now=time.time())
        done = subprocess.run([sys.executable, "-c", intruder], capture_output=True, text=True, check=False)  # noqa: S603
        writer.execute("ROLLBACK")
    assert "database is locked" in done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a VALUES (4, 'z')",
        "UPDATE a SET s = 'z' WHERE n = 2",
        "DELETE FROM a WHERE n = 2",
        "DELETE FROM a",
        "ALTER TABLE a ADD COLUMN extra",
    ],
)
def test_a_write_changes_the_fingerprint_of_its_table_alone(two_tables: SQLiteStore, statement: str) -> None:
    before = _prints(two_tables)
    two_tables.execute(statement)
    after = _prints(two_tables)
    assert after[A] != before[A]
    assert after[B] == before[B]


@pytest.mark.parametrize("statement", ["VACUUM", "ANALYZE", "CREATE INDEX i ON a (n)", "CREATE TABLE c (n)"])
def test_what_writes_no_row_leaves_the_fingerprints(two_tables: SQLiteStore, statement: str) -> None:
    before = _prints(two_tables)
    two_tables.execute(statement)
    assert _prints(two_tables) == before


def test_a_large_table_is_judged_by_its_number_of_rows_and_the_newest_of_them(sqlite_store: SQLiteStore) -> None:
    rows = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {}) SELECT n FROM r"
    sqlite_store.execute("CREATE TABLE a (n integer)", f"INSERT INTO a {rows.format(sqlite.NEWEST + 10)}")
    before = _prints(sqlite_store)
    sqlite_store.execute("UPDATE a SET n = -1 WHERE n = 5")
    assert _prints(sqlite_store) == before  # the old row is out of sight: hence only a hint
    sqlite_store.execute("UPDATE a SET n = -1 WHERE n = 50000")
    assert _prints(sqlite_store) != before
    assert SQLite.change_trust is Trust.HINT


def test_tables_without_rowid_work_and_virtual_ones_are_not_listed(sqlite_store: SQLiteStore) -> None:
    sqlite_store.execute("CREATE TABLE a (k text PRIMARY KEY) WITHOUT ROWID", "CREATE VIRTUAL TABLE b USING fts5(s)")
    with engine(sqlite_store) as session:
        assert set(session.fingerprints([A])) == {A}
        assert [info.name for info in session.tables()] == list(session.observe()) == list(session.columns()) == [A]


def test_a_view_whose_table_is_gone_does_not_hide_the_others(two_tables: SQLiteStore) -> None:
    two_tables.execute("CREATE VIEW v AS SELECT n FROM b", "DROP TABLE b")
    with engine(two_tables) as session:
        assert [info.name.name for info in session.tables()] == ["a", "v"]
        assert list(session.columns()) == [A]


def test_what_is_no_text_is_read_as_far_as_it_goes(sqlite_store: SQLiteStore) -> None:
    sqlite_store.execute("CREATE TABLE a (s text)", "INSERT INTO a VALUES (CAST(x'ff41' AS text))")
    with engine(sqlite_store) as session:
        assert session.query("SELECT s FROM a") == [("\ufffdA",)]


@pytest.mark.parametrize(
    ("kind", "time"),
    [
        ("DATETIME", "naive"),
        ("timestamp", "naive"),
        ("TIMESTAMP(6)", "naive"),
        ("timestamptz", "aware"),
        ("DATE", "date"),
        ("TIME", ""),
        ("", ""),
    ],
)
def test_a_declared_type_tells_how_times_are_meant(sqlite_store: SQLiteStore, kind: str, time: str) -> None:
    sqlite_store.execute(f"CREATE TABLE a (seen {kind})")
    with engine(sqlite_store) as session:
        assert session.columns([A])[A][0].time == time


def test_a_path_is_made_absolute_from_the_folder_of_the_file_that_names_it() -> None:
    assert SQLite.resolve({"path": "../data/shop.db"}, folder="/srv/rules") == {"path": "/srv/data/shop.db"}
    assert SQLite.resolve({"path": "/x/shop.db"}, folder="/srv") == {"path": "/x/shop.db"}


def test_a_path_with_signs_that_an_address_would_read_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=rw#b %20.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("CREATE TABLE a (n)")
    with SQLite(SQLiteSettings(path=str(path))) as session:
        assert [info.name for info in session.tables()] == [A]

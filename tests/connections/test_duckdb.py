"""What is DuckDB's own: files that are held, missing or no database, and fingerprints from storage metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from apps.connections.engines.contract import BATCH, Trust
from apps.connections.engines.duckdb import DuckDB, DuckDBSettings
from apps.connections.engines.errors import Busy, ConnectionFailed, DatabaseMissing, NotPermitted
from apps.connections.names import TableName
from tests.connections.stores import DuckDBStore, engine

A, B = TableName("main", "a"), TableName("main", "b")


class Impatient(DuckDB):
    """Tries five times like its parent, without the pauses between."""

    pauses = (0, 0, 0, 0)


def _impatient(store: DuckDBStore) -> Impatient:
    return Impatient(DuckDBSettings(path=str(store.path)))


def _prints(store: DuckDBStore) -> dict[TableName, str]:
    with engine(store) as session:
        return session.fingerprints([A, B])


@pytest.fixture
def two_tables(duckdb_store: DuckDBStore) -> DuckDBStore:
    """Tables a and b with a thousand rows each."""
    duckdb_store.execute(
        "CREATE TABLE a AS SELECT range AS n, {'x': range, 'y': [range]} AS nested FROM range(1000)",
        "CREATE TABLE b AS SELECT range AS n FROM range(1000)",
    )
    return duckdb_store


def test_a_file_that_a_writer_holds_is_busy_and_can_be_read_once_it_is_let_go(duckdb_store: DuckDBStore) -> None:
    writer = duckdb_store.held_by_a_writer()
    with pytest.raises(Busy, match="held by a program that writes") as caught:
        _impatient(duckdb_store).open()
    assert caught.value.retryable
    writer.communicate("")
    with _impatient(duckdb_store) as session:
        assert session.query("SELECT n FROM held") == [(1,)]


def test_a_file_let_go_while_midwatch_waits_is_read_after_all(duckdb_store: DuckDBStore) -> None:
    writer = duckdb_store.held_by_a_writer()

    def letting_go() -> Iterator[float]:
        writer.communicate("")
        yield 0

    class Patient(DuckDB):
        pauses = letting_go()

    with Patient(DuckDBSettings(path=str(duckdb_store.path))) as session:
        assert session.query("SELECT n FROM held") == [(1,)]


def test_a_writer_in_this_very_process_is_busy_too(duckdb_store: DuckDBStore) -> None:
    with duckdb.connect(str(duckdb_store.path)), pytest.raises(Busy, match="this very process"):
        _impatient(duckdb_store).open()


def test_the_patience_is_about_two_seconds() -> None:
    assert sum(DuckDB.pauses) == pytest.approx(2, abs=0.2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"no file .*nowhere\.duckdb"):
        DuckDB(DuckDBSettings(path=str(tmp_path / "nowhere.duckdb"))).open()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all\n" * 500)
    with pytest.raises(DatabaseMissing, match="not a DuckDB database"):
        DuckDB(DuckDBSettings(path=str(path))).open()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="is a folder"):
        DuckDB(DuckDBSettings(path=str(tmp_path))).open()


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM read_csv('{0}')", "SELECT * FROM read_text('{0}')", "COPY t TO '{0}'", "ATTACH '{0}' AS x"]
)
def test_other_files_cannot_be_reached(duckdb_store: DuckDBStore, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("password\ngehe1m\n")
    duckdb_store.execute("CREATE TABLE t (n int)")
    with engine(duckdb_store) as session, pytest.raises(NotPermitted):
        session.query(sql.format(secret))
    assert secret.read_text() == "password\ngehe1m\n"


def test_two_sessions_of_one_process_read_the_same_file(two_tables: DuckDBStore) -> None:
    with engine(two_tables) as first, engine(two_tables) as second:
        assert first.query("SELECT count(*) FROM a") == second.query("SELECT count(*) FROM b")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a (n) VALUES (1)",
        "UPDATE a SET n = -1 WHERE n = 500",
        "DELETE FROM a WHERE n = 500",
        "TRUNCATE a",
        "DROP TABLE a; CREATE TABLE a AS SELECT range AS n, {'x': range, 'y': [range]} AS nested FROM range(1000)",
        "ALTER TABLE a ADD COLUMN extra integer",
    ],
)
def test_a_write_changes_the_fingerprint_of_its_table_alone(two_tables: DuckDBStore, statement: str) -> None:
    before = _prints(two_tables)
    two_tables.execute(statement)
    after = _prints(two_tables)
    assert after[A] != before[A]
    assert after[B] == before[B]


@pytest.mark.parametrize(
    "statement", ["SELECT 1", "BEGIN; DELETE FROM a; ROLLBACK", "CREATE TABLE c (n int)", "FORCE CHECKPOINT", "ANALYZE"]
)
def test_what_writes_no_row_leaves_the_fingerprints(two_tables: DuckDBStore, statement: str) -> None:
    before = _prints(two_tables)
    two_tables.execute(statement)
    assert _prints(two_tables) == before


def test_fingerprints_do_not_depend_on_the_order_of_segments(duckdb_store: DuckDBStore) -> None:
    duckdb_store.execute("CREATE TABLE a AS SELECT range AS n, 'text ' || range AS s FROM range(2000000)")
    assert len({_prints_of_one(duckdb_store) for _ in range(4)}) == 1


def _prints_of_one(store: DuckDBStore) -> str:
    with engine(store) as session:
        return session.fingerprints([A])[A]


def test_fingerprints_of_more_tables_than_a_batch_all_come(duckdb_store: DuckDBStore) -> None:
    names = [TableName("main", f"t{number}") for number in range(BATCH + 5)]
    duckdb_store.execute(*(f"CREATE TABLE {table.name} AS SELECT {n} AS n" for n, table in enumerate(names)))
    with engine(duckdb_store) as session:
        assert set(session.fingerprints(names)) == set(names)


def test_the_mark_stays_until_the_file_or_its_log_is_written(two_tables: DuckDBStore) -> None:
    def mark() -> str:
        with engine(two_tables) as session:
            return session.observe()[A].mark

    before = mark()
    assert mark() == before
    two_tables.path.with_name(two_tables.path.name + ".wal").write_bytes(b"")
    assert mark() != before


def test_a_table_keeps_its_identity_when_others_come_and_go(two_tables: DuckDBStore) -> None:
    with engine(two_tables) as session:
        before = session.observe()[B]
    two_tables.execute("DROP TABLE a")
    with engine(two_tables) as session:
        after = session.observe()[B]
    assert (after.identity, after.rows) == (before.identity, before.rows)


def test_a_path_is_made_absolute_from_the_folder_of_the_file_that_names_it(tmp_path: Path) -> None:
    assert DuckDB.resolve({"path": "../data/shop.duckdb"}, folder="/srv/rules") == {"path": "/srv/data/shop.duckdb"}
    assert DuckDB.resolve({"path": "/x/shop.duckdb"}, folder="/srv") == {"path": "/x/shop.duckdb"}
    assert DuckDB.resolve({"path": "~/shop.duckdb"}, folder="/srv") == {"path": str(Path.home() / "shop.duckdb")}


@pytest.mark.parametrize(
    ("kind", "time"),
    [
        ("TIMESTAMP_S", "naive"),
        ("TIMESTAMP_MS", "naive"),
        ("TIMESTAMP_NS", "naive"),
        ("TIMESTAMPTZ", "aware"),
        ("TIME", ""),
    ],
)
def test_every_kind_of_time_is_told(duckdb_store: DuckDBStore, kind: str, time: str) -> None:
    duckdb_store.execute(f"CREATE TABLE a (seen {kind})")
    with engine(duckdb_store) as session:
        assert session.columns([A])[A][0].time == time


def test_changes_seen_in_storage_are_an_estimate() -> None:
    assert DuckDB.change_trust is Trust.ESTIMATE
    assert not DuckDB.look_counts_writes

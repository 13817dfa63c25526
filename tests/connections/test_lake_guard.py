"""What a person's SQL can reach in a lake: its tables by their names, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apps.connections.engines.errors import NotPermitted, QueryFailed, QueryTimeout
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with the table orders; beside it lies a file with a secret."""
    (tmp_path / "secret.csv").write_text("password\ngehe1m\n")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "orders.csv").write_text("n\n1\n")
    (tmp_path / "lake" / "other.csv").write_text("n\n2\n")
    return Lake(LakeSettings(path=str(tmp_path / "lake")))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{0}/secret.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('{0}/secret.csv')",
        "SELECT * FROM glob('{0}/*')",
        "SELECT * FROM '{0}/secret.csv'",
        "SELECT * FROM read_csv('{0}/lake/../secret.csv')",
        "SELECT * FROM read_csv('{0}/lake/other.csv')",  # not even a file of the lake that the statement does not name
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SELECT (SELECT * FROM read_text('/etc/passwd')), n FROM orders",
        "SELECT n FROM orders, read_csv('{0}/secret.csv')",
        "SELECT * FROM sqlite_scan('{0}/x.db', 't')",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{0}/log')",
        "SELECT * FROM read_text('/proc/self/environ')",
    ],
)
def test_no_file_is_read_by_its_path(lake: Lake, tmp_path: Path, sql: str) -> None:
    with lake as session:
        with pytest.raises(QueryFailed) as caught:
            session.query(sql.format(tmp_path))
        assert "gehe1m" not in str(caught.value)
        assert session.query("SELECT n FROM orders") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{0}/lake/new.csv'",
        "COPY orders TO '{0}/lake/orders.csv'",
        "ATTACH '{0}/lake/new.duckdb'",
        "EXPORT DATABASE '{0}/lake/new'",
        "INSERT INTO orders VALUES (2)",
        "CREATE TABLE orders2 AS SELECT * FROM orders",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "CALL enable_logging()",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_nothing_but_one_select_is_run(lake: Lake, tmp_path: Path, sql: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with lake as session, pytest.raises(NotPermitted, match="write exactly one SELECT"):
        session.query(sql.format(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_variable_of_this_program_is_no_table(lake: Lake) -> None:
    sql = "SELECT 1"
    with lake as session, pytest.raises(QueryFailed):
        session.query("SELECT * FROM sql")
    assert sql


def test_settings_cannot_be_changed_by_a_select(lake: Lake) -> None:
    with lake as session, pytest.raises(QueryFailed):
        session.query("SELECT set_config('enable_external_access', 'true')")


def test_what_does_not_fit_into_memory_is_refused_and_not_written_to_the_disk(lake: Lake) -> None:
    # Strings of a kilobyte each, all different, sorted: four gigabytes.
    sql = "SELECT count(*) FROM (SELECT DISTINCT repeat(range::VARCHAR, 200) FROM range(4000000))"
    with lake as session, pytest.raises(QueryFailed, match=r"1 GB of memory|was cut"):
        session.query(sql, timeout=timedelta(seconds=20))


def test_a_statement_that_only_counts_is_cut_too(lake: Lake) -> None:
    with lake as session, pytest.raises(QueryTimeout, match=r"0\.1 s"):
        session.query("SELECT count(*) FROM range(1000000000000)", timeout=timedelta(milliseconds=100))

"""What PostgreSQL's catalogue says of sizes, comments and partitions, without a look at any file."""

from __future__ import annotations

import pytest

from apps.connections.engines.contract import Column, TableInfo
from apps.connections.names import TableName
from tests.connections.stores import PostgresStore, engine

PARTITIONED = (
    "CREATE TABLE visits (day date NOT NULL, n integer) PARTITION BY RANGE (day)",
    "COMMENT ON TABLE visits IS 'By day'",
    "CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-11-01') TO ('2026-11-15')",
    "CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-11-15') TO ('2026-12-01')",
    "INSERT INTO visits SELECT DATE '2026-11-01' + (g % 28)::int, g FROM generate_series(0, 2799) g",
)


def _info(store: PostgresStore, name: str) -> TableInfo:
    with engine(store) as session:
        return next(info for info in session.tables() if info.name.name == name)


def test_a_partitioned_table_has_the_rows_and_bytes_of_its_partitions(postgres_store: PostgresStore) -> None:
    postgres_store.execute(*PARTITIONED, "ANALYZE visits_1", "ANALYZE visits_2")
    info = _info(postgres_store, "visits")
    assert (info.comment, info.rows) == ("By day", 2800)
    assert info.bytes is not None
    assert info.bytes > 2800 * 8


def test_a_partition_that_was_never_analysed_leaves_the_whole_unknown(postgres_store: PostgresStore) -> None:
    postgres_store.execute(*PARTITIONED, "ANALYZE visits_1")
    assert _info(postgres_store, "visits")[3:] == (None, None)


def test_columns_that_a_table_is_stored_by_are_marked(postgres_store: PostgresStore) -> None:
    postgres_store.execute(*PARTITIONED)
    with engine(postgres_store) as session:
        columns = session.columns()[TableName("public", "visits")]
    assert columns == [Column("day", "date", "date", False, "", True), Column("n", "integer")]


def test_what_is_stored_beside_a_table_counts_along(postgres_store: PostgresStore) -> None:
    postgres_store.execute(
        "CREATE TABLE notes (id int, text text)",
        "ALTER TABLE notes ALTER COLUMN text SET STORAGE EXTERNAL",
        "INSERT INTO notes VALUES (1, repeat('a long note', 50000))",
        "VACUUM ANALYZE notes",
    )
    assert (_info(postgres_store, "notes").bytes or 0) > 500_000


@pytest.mark.parametrize("act", ["tables", "columns"])
def test_the_whole_catalogue_is_one_statement_each(postgres_store: PostgresStore, act: str) -> None:
    postgres_store.execute(*(f"CREATE TABLE t{number} (n integer)" for number in range(20)))
    with postgres_store.server.statements(postgres_store.database) as sent, engine(postgres_store) as session:
        getattr(session, act)()
    assert len(sent) == 1

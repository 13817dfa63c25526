"""Whatever somebody writes where a SELECT is wanted: no engine changes anything, and each says that it only reads.

Every store is asked with a login that may do all: it is Midwatch that refuses, by a session that cannot write where
there is one, and by looking at the statement where there is none. What rights alone can forbid stands at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.connections.engines.contract import Engine
from apps.connections.engines.errors import NotPermitted, QueryFailed
from apps.connections.engines.postgres import READER, Postgres, PostgresSettings
from tests.connections.store_snowflake import SnowflakeStore
from tests.connections.stores import (
    BigQueryStore,
    DuckDBStore,
    MySQLStore,
    PostgresStore,
    Store,
    at_home,
    engine,
)

WRITES = [
    "INSERT INTO orders VALUES (4)",
    "UPDATE orders SET n = 4 WHERE n = 3",
    "DELETE FROM orders WHERE n = 3",
    "MERGE INTO orders USING (SELECT 4 AS n) AS new ON orders.n = new.n WHEN NOT MATCHED THEN INSERT VALUES (4)",
    "REPLACE INTO orders VALUES (4)",
    "TRUNCATE TABLE orders",
    "DROP TABLE orders",
    "DROP TABLE IF EXISTS orders",
    "ALTER TABLE orders ADD COLUMN m integer",
    "ALTER TABLE orders RENAME TO gone",
    "CREATE TABLE copied (n integer)",
    "CREATE TABLE copied AS SELECT n FROM orders",
    "CREATE TEMPORARY TABLE copied (n integer)",
    "CREATE VIEW seen AS SELECT n FROM orders",
    "CREATE INDEX quick ON orders (n)",
    "CREATE SCHEMA other",
    "GRANT SELECT ON orders TO public",
    "COMMENT ON TABLE orders IS 'mine'",
    "ANALYZE orders",
    "VACUUM",
    "LOCK TABLE orders",
    "SELECT n INTO copied FROM orders",
    "WITH gone AS (DELETE FROM orders WHERE n = 3 RETURNING n) SELECT n FROM gone",
    "WITH new AS (INSERT INTO orders VALUES (4) RETURNING n) SELECT n FROM new",
    "WITH old AS (SELECT 3 AS n) DELETE FROM orders WHERE n IN (SELECT n FROM old)",
    "SELECT n FROM orders FOR UPDATE",
    "EXPLAIN ANALYZE DELETE FROM orders",
    "PREPARE p AS DELETE FROM orders",
    "EXECUTE IMMEDIATE 'DROP TABLE orders'",
    "CALL p()",
    "DO $$ BEGIN DELETE FROM orders; END $$",
    "BEGIN",
    "BEGIN READ WRITE",
    "COMMIT",
    "ROLLBACK",
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET default_transaction_read_only = off",
    "SET ROLE postgres",
    "RESET ALL",
    "COPY orders TO '{file}'",
    "COPY orders FROM '{file}'",
    "COPY (SELECT n FROM orders) TO '{file}'",
    "EXPORT DATA OPTIONS (uri = 'gs://elsewhere/*', format = 'CSV') AS SELECT n FROM orders",
    "UNLOAD ('SELECT n FROM orders') TO 's3://elsewhere/'",
    "COPY INTO @elsewhere FROM orders",
    "SELECT 1; DROP TABLE orders",
    "SELECT 1;DROP TABLE orders;",
    "SELECT 1; DELETE FROM orders; SELECT 1",
    "SELECT 1;; DROP TABLE orders",
    "; DROP TABLE orders",
    "SELECT ';' AS a; DROP TABLE orders",
    "SELECT 'it''s'; DROP TABLE orders; SELECT ''",
    "SELECT 1 -- one\n; DROP TABLE orders",
    "SELECT 1 /* ; */; DROP TABLE orders",
    "/* SELECT 1 */ DROP TABLE orders",
    "-- SELECT 1\nDROP TABLE orders",
    "/* /* */ SELECT 1 */ DROP TABLE orders",
    "(DELETE FROM orders)",
    "",
    ";",
]
# Each means one thing to some stores and another to others. It may be refused or answered, but nothing may happen.
TRICKS = [
    "SELECT '; DROP TABLE orders'",
    "SELECT '\\'; DROP TABLE orders; SELECT '",
    "SELECT '\\'; DROP TABLE orders; -- '",
    'SELECT 1 AS "; DROP TABLE orders"',
    "SELECT 1 AS `; DROP TABLE orders`",
    'SELECT "\\"; DROP TABLE orders; -- "',
    "SELECT `a\\`; DROP TABLE orders; -- `",
    "SELECT 1 /* ; DROP TABLE orders */",
    "SELECT 1 /*! ; DROP TABLE orders */",
    "SELECT 1 /*!50000 INTO OUTFILE '{file}' */",
    "SELECT 1 /*M! INTO OUTFILE '{file}' */",
    "SELECT 1 # ; DROP TABLE orders",
    "SELECT 1 # \n; DROP TABLE orders",
    "SELECT 1 --; DROP TABLE orders",
    "SELECT 5--1; DROP TABLE orders",
    "SELECT 1 // \n; DROP TABLE orders",
    "SELECT $$; DROP TABLE orders; $$",
    "SELECT $a$ $$; DROP TABLE orders; -- $a$",
    "SELECT E'\\'; DROP TABLE orders; -- '",
    "SELECT U&'\\0027; DROP TABLE orders; -- '",
    "SELECT q'[ '; DROP TABLE orders; -- ]'",
    "SELECT r'\\'; DROP TABLE orders; -- '",
    "SELECT '''; DROP TABLE orders; -- '''",
    'SELECT """ "; DROP TABLE orders; -- """',
    "SELECT [1]; DROP TABLE orders",
    "SELECT 1 \u037e DROP TABLE orders",
    "SELECT 1\x00; DROP TABLE orders",
    "\ufeffDROP TABLE orders",
    "\u00a0DROP TABLE orders",
]
# What only one kind of store knows.
OWN = {
    "bigquery": [
        "DECLARE x INT64 DEFAULT 1; SELECT x",
        "BEGIN SELECT 1; END",
        "CREATE TEMP FUNCTION f() AS (1); SELECT f()",
        "LOAD DATA INTO orders FROM FILES (format = 'CSV', uris = ['gs://elsewhere/x'])",
        "ASSERT (SELECT count(*) FROM orders) = 0",
    ],
    "duckdb": [
        "SELECT nextval('counter')",
        "SELECT setval('counter', 9)",
        "SELECT * FROM query('DROP TABLE orders')",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{file}')",
        "SELECT * FROM enable_profiling(save_location = '{file}.txt')",
        "ATTACH '{file}' AS other",
        "EXPORT DATABASE '{file}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '9GB'",
        "PRAGMA enable_profiling",
        "CHECKPOINT",
        "USE memory",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
    ],
    "lake": [
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{file}')",
        "ATTACH '{file}' AS other",
        "SET enable_external_access = true",
        "CREATE SECRET (TYPE s3)",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
    ],
    "mysql": [
        "SELECT n FROM orders INTO OUTFILE '{file}'",
        "SELECT n FROM orders LIMIT 1 INTO DUMPFILE '{file}'",
        "SELECT n FROM orders LIMIT 1 INTO @x",
        "SELECT n FROM orders LOCK IN SHARE MODE",
        "SELECT NEXTVAL(counter)",
        "SELECT NEXT VALUE FOR counter",
        "SELECT SETVAL(counter, 9)",
        "SELECT sly()",
        "HANDLER orders OPEN",
        "LOAD DATA INFILE '{file}' INTO TABLE orders",
        "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE orders",
        "SET SESSION TRANSACTION READ WRITE",
        "START TRANSACTION READ WRITE",
        "FLUSH TABLES",
        "RENAME TABLE orders TO gone",
        "USE mysql",
        "KILL 1",
        "TABLE orders INTO OUTFILE '{file}'",
    ],
    "postgres": [
        "SELECT nextval('counter')",
        "SELECT setval('counter', 9)",
        "SELECT sly()",
        "SELECT set_config('transaction_read_only', 'off', false), sly()",
        "SELECT lo_from_bytea(0, 'x')",
        "COPY orders TO PROGRAM 'touch {file}'",
        "COPY orders TO STDOUT",
        "  cOpY (SELECT 1) TO PROGRAM 'touch {file}'",
        "/* /* */ */ COPY (SELECT 1) TO '{file}'",
        "SELECT n FROM orders FOR SHARE",
        "DECLARE c CURSOR FOR SELECT n FROM orders",
        "NOTIFY anyone",
        "DISCARD ALL",
        "CHECKPOINT",
        "REINDEX TABLE orders",
        "ALTER SYSTEM SET work_mem = '1MB'",
    ],
    "redshift": [
        "SELECT nextval('counter')",
        "SELECT sly()",
        "COPY orders TO PROGRAM 'touch {file}'",
        "DECLARE c CURSOR FOR SELECT n FROM orders",
    ],
    "snowflake": [
        "SELECT SYSTEM$ABORT_SESSION(1)",
        "SELECT IDENTIFIER('SYSTEM$ABORT_SESSION')(1)",
        "SELECT 1 ->> CALL p()",
        "WITH p AS PROCEDURE () RETURNS INT LANGUAGE SQL AS $$ BEGIN RETURN 1; END $$ CALL p()",
        "EXECUTE TASK t",
        "PUT file://{file} @~",
        "GET @~ file://{file}",
        "REMOVE @~",
        "UNDROP TABLE orders",
        "USE ROLE ACCOUNTADMIN",
        "BEGIN TRANSACTION",
    ],
    "sqlite": [
        "ATTACH '{file}' AS other",
        "VACUUM INTO '{file}'",
        "PRAGMA journal_mode = WAL",
        "PRAGMA query_only = 0",
        "UPDATE sqlite_master SET sql = ''",
        "SELECT load_extension('{file}')",
        "DETACH main",
        "SAVEPOINT s",
        "REINDEX",
    ],
}  # fmt: skip
SLY = {
    "mysql": "CREATE FUNCTION sly() RETURNS int BEGIN DELETE FROM orders; RETURN 1; END",
    "postgres": "CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1'",
    "redshift": "CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1'",
}
SEQUENCES = {"duckdb", "mysql", "postgres", "redshift"}


@pytest.fixture
def file() -> Iterator[Path]:
    """A path at which every server of this machine may write; nothing is there."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder, "stolen")
        assert list(Path(folder).iterdir()) == []


@pytest.fixture
def full(store: Store) -> Store:
    """The store with three orders, and with what a statement may try to use."""
    store.execute("CREATE TABLE orders (n integer)", "INSERT INTO orders VALUES (1), (2), (3)")
    if store.key in SEQUENCES:
        store.execute("CREATE SEQUENCE counter")
    if store.key in SLY:
        store.execute(SLY[store.key])
    return store


def got_through(session: Engine, statements: list[str], file: Path) -> list[str]:
    """Those that were not refused."""
    through = []
    for statement in statements:
        try:
            session.query(statement.replace("{file}", str(file)))
        except QueryFailed:
            continue
        through.append(statement)
    return through


def ran(store: Store) -> set[str]:
    """What a double of a warehouse, which cannot write, was asked to run."""
    if isinstance(store, BigQueryStore):
        return set(store.server.statements)
    if isinstance(store, SnowflakeStore):
        return {str(request.body.get("sqlText")) for request in store.server.requests}
    return set()


def contents(store: Store) -> tuple[list[str], list[int], dict[str, bytes]]:
    """The names of all tables, the orders, and the files of a store that consists of files."""
    with engine(store) as session:
        tables = [str(info.name) for info in session.tables()]
        column, table = session.sql.name(store.plain("n")), session.sql.table(at_home(store, "orders"))
        orders = sorted(int(n) for (n,) in session.query(f"SELECT {column} FROM {table}"))
    place = getattr(store, "root", None) or getattr(store, "path", None)
    found = (place if place.is_dir() else place.parent).rglob("*") if place else ()
    return tables, orders, {str(path): path.read_bytes() for path in found if path.is_file()}


def test_what_writes_is_refused_and_changes_nothing(full: Store, file: Path) -> None:
    before = contents(full)
    with engine(full) as session:
        assert got_through(session, [*WRITES, *OWN[full.key]], file) == []
        assert not ran(full) & {*WRITES, *OWN[full.key]}
        assert session.query("SELECT 5") == [(5,)]
    assert contents(full) == before
    assert before[1] == [1, 2, 3]


def test_what_may_look_like_one_select_changes_nothing(full: Store, file: Path) -> None:
    before = contents(full)
    with engine(full) as session:
        got_through(session, TRICKS, file)
    assert contents(full) == before


class Quiet(Postgres):
    """PostgreSQL 13, or a pooler, which does not tell whether a session is read-only."""

    _read_only = None


def test_postgres_that_does_not_tell_stays_read_only_whatever_a_statement_sets(postgres_store: PostgresStore) -> None:
    postgres_store.execute("CREATE TABLE orders AS SELECT 1 AS n", SLY["postgres"])
    with Quiet(PostgresSettings.model_validate(postgres_store.settings())) as session:
        session.query("SELECT set_config('default_transaction_read_only', 'off', false)")
        with pytest.raises(NotPermitted, match="only reads"):
            session.query("SELECT sly()")
        assert session.query("SELECT count(*) FROM orders") == [(1,)]


def test_duckdb_writes_nothing_beside_its_file_when_memory_is_short(duckdb_store: DuckDBStore) -> None:
    with engine(duckdb_store) as session:
        assert session.query("SELECT current_setting('temp_directory')") == [("",)]


# Functions that a superuser may call in any SELECT, in a read-only session too. The login of the script may not.
FOR_SUPERUSERS = [
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_ls_dir('/etc')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '{file}')",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_stat_reset()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('x')",
    "SELECT pg_create_physical_replication_slot('x')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
]  # fmt: skip


def test_the_login_of_the_script_may_not_call_what_a_superuser_of_postgres_may(
    postgres_store: PostgresStore, file: Path
) -> None:
    with engine(postgres_store) as session:
        lines = session.grant_script(["public"]).splitlines()
    postgres_store.execute(*(line for line in lines if not line.startswith("--")))
    try:
        with (
            postgres_store.server.connect(),
            engine(postgres_store, user=READER, password="choose-a-password") as session,
        ):
            assert got_through(session, FOR_SUPERUSERS, file) == []
    finally:
        postgres_store.execute(f"DROP OWNED BY {READER}", f"DROP ROLE {READER}")


@pytest.mark.parametrize(
    ("key", "lock"), [("mysql", "SELECT GET_LOCK('mine', 0)"), ("postgres", "SELECT pg_try_advisory_lock(1)::int")]
)
def test_a_lock_by_name_which_nobody_can_forbid_ends_with_the_session(
    request: pytest.FixtureRequest, key: str, lock: str
) -> None:
    store: MySQLStore | PostgresStore = request.getfixturevalue(f"{key}_store")
    for _ in range(2):
        with engine(store) as session:
            assert session.query(lock) == [(1,)]

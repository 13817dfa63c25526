"""Times and counts as MariaDB and SQLite have them: what is read there, and whole checks from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.connections.models import Connection
from apps.connections.services import ENGINES, TableName, save_connection
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.rules.statements import TimeColumn, union
from apps.teams.models import Team
from tests.connections.stores import MySQLStore, SQLiteStore, Store, engine
from tests.rules.conftest import NIGHT, Clock
from tests.rules.selects import bucket_select, future_select, scalar_select
from tests.servers.mariadb import MariaDBServer

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
SESSION = 5  # what sets the session up, and its limits for reading
METADATA = 3  # the server's start, the look at all tables, and the columns of those that are read


@pytest.fixture
def mysql_store(mariadb_server: MariaDBServer) -> Iterator[MySQLStore]:
    yield MySQLStore(mariadb_server, mariadb_server.create_database("Store"))
    mariadb_server.drop_databases()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "shop.sqlite3")


@pytest.fixture(params=["mysql", "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


def times(store: Store, kind: str, *values: str) -> TableName:
    """A table with a column of `kind` that holds `values`."""
    rows = ", ".join(f"('{value}')" for value in values)
    zone = ["SET time_zone = '+00:00'"] if store.key == "mysql" else []
    store.execute(*zone, f"CREATE TABLE t (seen {kind})", f"INSERT INTO t VALUES {rows}")
    return TableName(store.home, "t")


def newest(store: Store, table: TableName, column: TimeColumn) -> datetime | None:
    sql = ENGINES[store.key].sql
    with engine(store) as session:
        ((index, rows, epoch),) = session.query(scalar_select(sql, 7, table, [None, column]))
    assert index == 7
    assert int(rows) > 0
    return column.read(epoch)


def test_a_time_with_a_zone_is_read_as_the_moment_that_it_is(store: Store) -> None:
    table = times(store, store.aware, "2026-11-21 01:15:00", "2026-11-20 23:00:00")
    assert newest(store, table, TimeColumn("seen", "aware", BERLIN)) == MIDNIGHT + timedelta(minutes=75)


@pytest.mark.parametrize("time", ["naive", "date"])
def test_a_time_without_a_zone_is_read_in_the_zone_of_the_connection(store: Store, time: str) -> None:
    kind = store.naive if time == "naive" else "date"
    table = times(store, kind, "2026-11-21" if time == "date" else "2026-11-21 00:00:00", "1969-07-20")
    assert newest(store, table, TimeColumn("seen", time, BERLIN)) == MIDNIGHT - timedelta(hours=1)


def test_times_far_away_are_read_too(store: Store) -> None:
    table = times(store, store.naive, "1066-10-14 09:00:00", "9000-01-01 00:00:00")
    assert newest(store, table, TimeColumn("seen", "naive", BERLIN)) == datetime(8999, 12, 31, 23, tzinfo=UTC)


def test_times_in_the_future_are_left_out_and_counted(store: Store) -> None:
    table = times(store, store.naive, "2026-11-20 12:00:00", "2026-11-21 04:00:01", "2092-01-01 00:00:00")
    column = TimeColumn("seen", "naive", BERLIN)
    with engine(store) as session:
        ((_, past, ahead, last),) = session.query(
            future_select(ENGINES[store.key].sql, 0, table, column, MIDNIGHT + timedelta(hours=3))
        )
    assert column.read(past) == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert (ahead, column.read(last)) == (2, datetime(2091, 12, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize("time", ["aware", "naive"])
def test_rows_are_counted_by_the_hour_they_belong_to(store: Store, time: str) -> None:
    kind = store.aware if time == "aware" else store.naive
    table = times(
        store, kind, "2026-11-20 22:59:59", "2026-11-20 23:00:00", "2026-11-20 23:59:59", "2026-11-21 00:00:00",
        "2026-11-21 01:00:00", "2026-11-21 05:00:00",
    )  # fmt: skip
    column = TimeColumn("seen", time, ZoneInfo("UTC"))
    start, now = MIDNIGHT - timedelta(hours=1), MIDNIGHT + timedelta(hours=1)
    select = bucket_select(ENGINES[store.key].sql, 0, table, column, 3600, start, now)
    with engine(store) as session:
        counts = {column.read(float(bucket) * 3600): rows for _, bucket, rows in session.query(select)}
    assert counts == {start: 2, MIDNIGHT: 1, now: 1}


def test_a_hundred_tables_share_a_statement(store: Store) -> None:
    table = times(store, store.naive, "2026-11-21 00:00:00")
    column = TimeColumn("seen", "naive", BERLIN)
    selects = [scalar_select(ENGINES[store.key].sql, index, table, [None, column]) for index in range(100)]
    with engine(store) as session:
        assert [row[0] for row in session.query(union(selects))] == list(range(100))


@pytest.mark.parametrize(
    "value",
    ["'2026-11-21T00:00:00Z'", "'2026-11-21 01:00:00+01:00'", "'2026-11-21'", "'2026-11-21 00:00'", "1795219200",
     "1795219200000", "1795219200.0"],
)  # fmt: skip
def test_sqlite_times_are_understood_however_they_are_written(sqlite_store: SQLiteStore, value: str) -> None:
    sqlite_store.execute("CREATE TABLE t (seen datetime)", f"INSERT INTO t VALUES ({value}), ('yesterday'), (NULL)")
    column = TimeColumn("seen", "naive", ZoneInfo("UTC"))
    assert newest(sqlite_store, TableName("main", "t"), column) == MIDNIGHT


def connect(team: Team, store: Store) -> Connection:
    return save_connection(team=team, name="shop", engine=store.key, settings=store.settings())


def test_freshness_and_volume_are_checked_from_end_to_end(store: Store, team: Team, clock: Clock) -> None:
    table = times(store, store.naive, f"{NIGHT - timedelta(minutes=30):%Y-%m-%d %H:%M}:00")
    shop = connect(team, store)
    limits = {"drop": None, "spike": None, "at_least": 1, "at_most": 2}
    for kind, settings in (("freshness", {"every": "1h", "column": "seen"}), ("volume", limits)):
        draft = RuleDraft(name=kind, connection=shop, kind=kind, table=str(table), settings=settings)
        save_rule(team=team, draft=draft, now=clock())
    assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"ok"}
    store.execute("INSERT INTO t VALUES ('2026-01-01 00:00:00'), ('2026-01-01 00:00:00')")
    clock.forward(hours=2)
    assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"breached"}


def test_rows_that_arrive_are_counted_from_end_to_end(store: Store, team: Team, clock: Clock) -> None:
    table = times(store, store.naive, *[f"2026-11-20 {hour:02}:10:00" for hour in range(24)])
    settings = {"column": "seen", "per": "1d", "drop": None, "spike": None, "at_least": 24, "at_most": 24}
    draft = RuleDraft(name="v", connection=connect(team, store), kind="volume", table=str(table), settings=settings)
    save_rule(team=team, draft=draft, now=clock())
    (result,) = check_now(rules=None, clock=clock)
    assert result.verdict == "ok"


def test_mysql_tells_freshness_without_a_column(mysql_store: MySQLStore, team: Team, clock: Clock) -> None:
    table = times(mysql_store, "datetime", "2020-01-01")
    clock.now = datetime.now(UTC)
    draft = RuleDraft(
        name="f", connection=connect(team, mysql_store), kind="freshness", table=str(table), settings={"every": "1h"}
    )
    save_rule(team=team, draft=draft, now=clock())
    assert [result.verdict for result in check_now(rules=None, clock=clock)] == ["ok"]
    clock.forward(hours=2)
    assert [result.verdict for result in check_now(rules=None, clock=clock)] == ["breached"]


def test_sqlite_tells_freshness_without_a_column(sqlite_store: SQLiteStore, team: Team, clock: Clock) -> None:
    table = times(sqlite_store, "datetime", "2020-01-01")
    draft = RuleDraft(
        name="f", connection=connect(team, sqlite_store), kind="freshness", table=str(table), settings={"every": "1h"}
    )
    save_rule(team=team, draft=draft, now=clock())
    check_now(rules=None, clock=clock)
    clock.forward(hours=2)
    assert [result.verdict for result in check_now(rules=None, clock=clock)] == ["breached"]
    sqlite_store.execute("UPDATE t SET seen = '2020-01-02'")
    clock.forward(minutes=5)
    assert [result.verdict for result in check_now(rules=None, clock=clock)] == ["ok"]


@pytest.mark.parametrize("tables", [10, 150])
def test_a_pass_over_mysql_asks_a_number_of_statements_that_does_not_follow_the_tables(
    mysql_store: MySQLStore, team: Team, clock: Clock, tables: int
) -> None:
    # MyISAM: so many small files are made in no time.
    mysql_store.execute(*(f"CREATE TABLE t{n:03} (seen datetime) ENGINE = MyISAM" for n in range(tables)))
    draft = RuleDraft(
        name="v", connection=connect(team, mysql_store), kind="volume", include=("Store.*",),
        settings={"drop": None, "spike": None, "at_most": 5},
    )  # fmt: skip
    save_rule(team=team, draft=draft, now=clock())
    with mysql_store.server.statements() as sent:
        results = check_now(rules=None, clock=clock)
    assert len(results) == tables + 1
    assert len(sent) == SESSION + METADATA + -(-tables // 100)

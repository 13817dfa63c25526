"""Rules on Snowflake tables, from the double to a verdict and an incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Incident
from apps.connections.engines.snowflake_catalogue import SQL
from apps.connections.models import Connection
from apps.connections.services import TableName, save_connection
from apps.rules.models import Check
from apps.rules.statements import TimeColumn
from apps.teams.models import Team
from tests.connections.store_snowflake import SnowflakeStore
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.rules.selects import bucket_select, scalar_select
from tests.servers.snowflake import QUERY, SnowflakeServer
from tests.servers.snowflake_errors import Refused

Verdicts = Callable[[], dict[str, str]]
ORDERS = "PUBLIC.ORDERS"


@pytest.fixture
def store(snowflake_server: SnowflakeServer, clock: Clock) -> SnowflakeStore:
    """A database whose only table, orders, was written three hours before the night's check."""
    clock.now = NIGHT - timedelta(hours=3)
    snowflake_server.warehouse.clock = clock
    store = SnowflakeStore(snowflake_server)
    store.execute(
        "CREATE TABLE orders (id integer, at TIMESTAMP_LTZ, wall TIMESTAMP_NTZ, day DATE)",
        "INSERT INTO orders VALUES (1, '2026-11-21 00:00:00+00', '2026-11-21 01:00:00', '2026-11-21')",
    )
    clock.now = NIGHT
    return store


@pytest.fixture
def connection(team: Team, store: SnowflakeStore) -> Connection:
    return save_connection(
        team=team, name="dwh", engine="snowflake", settings=store.settings(), timezone="Europe/Berlin"
    )


def test_the_selects_are_written_in_snowflakes_own_words() -> None:
    table, column = TableName("PUBLIC", "ORDERS"), TimeColumn("WALL", "naive", ZoneInfo("Europe/Berlin"))
    epoch = "DATE_PART(EPOCH_MICROSECOND, CAST({} AS TIMESTAMP_TZ)) / 1e6"
    assert scalar_select(SQL, 0, table, [column, None]) == (
        f'SELECT 0, {epoch.format("""MAX("WALL")""")}, COUNT(*) FROM "PUBLIC"."ORDERS"'
    )
    bucket = f"""FLOOR(CAST({epoch.format('"WALL"')} AS DOUBLE) / 3600)"""
    assert bucket_select(SQL, 0, table, column, 3600, NIGHT - timedelta(days=1), NIGHT) == (
        f'SELECT 0, {bucket}, COUNT(*) FROM "PUBLIC"."ORDERS" '
        "WHERE \"WALL\" >= CAST('2026-11-20 04:00:00' AS TIMESTAMP_NTZ) "
        f"AND \"WALL\" <= CAST('2026-11-21 04:00:00' AS TIMESTAMP_NTZ) GROUP BY {bucket}"
    )


def test_a_table_that_was_stale_before_anybody_watched_is_told_at_once_by_one_statement(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    store.server.queries.clear()
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.get().measured == pytest.approx(3 * 3600, abs=1)
    assert len(store.server.queries) == 1


def test_a_write_ends_the_incident_at_the_time_that_snowflake_tells(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    verdicts()
    store.execute("UPDATE orders SET id = 2")
    clock.forward(minutes=20)
    assert verdicts() == {ORDERS: "ok"}
    assert Incident.objects.get().status == "resolved"
    assert Check.objects.latest("pk").measured == pytest.approx(20 * 60, abs=1)


def test_maintenance_does_not_make_a_stale_table_fresh(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    verdicts()
    clock.forward(minutes=20)
    store.server.warehouse.touch("PUBLIC", "ORDERS")
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.latest("pk").measured == pytest.approx((3 * 60 + 20) * 60, abs=1)


@pytest.mark.parametrize(("column", "age"), [("AT", 3), ("WALL", 3), ("DAY", 4)])
def test_times_with_and_without_a_zone_and_dates_are_read_from_a_column(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts, column: str, age: int
) -> None:
    make_rule(table=ORDERS, every="1d", tolerance="0m", column=column)
    assert verdicts() == {ORDERS: "ok"}
    assert Check.objects.get().measured == age * 3600


def test_times_in_the_future_and_rows_per_day_are_read_in_snowflakes_own_words(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    store.execute("INSERT INTO orders VALUES (2, '2092-01-01', '2092-01-01', '2092-01-01')")
    make_rule(table=ORDERS, every="1d", column="AT")
    make_rule("volume", name="Rows", table=ORDERS, column="WALL", at_least=1)
    verdicts()
    reasons = " ".join(Check.objects.values_list("reason", flat=True))
    assert "1 row lies in the future (newest 1 Jan 2092" in reasons
    assert "The statement failed" not in reasons
    assert sum("FLOOR(" in query.text for query in store.server.queries) == 1


def test_a_table_that_is_not_written_is_not_read_again_and_one_that_was_touched_is(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1d", column="AT")
    verdicts()
    sent = []
    for touched in (False, True):
        store.server.queries.clear()
        clock.forward(minutes=5)
        if touched:
            store.server.warehouse.touch("PUBLIC", "ORDERS")
        verdicts()
        sent.append(sum("INFORMATION_SCHEMA" not in query.text for query in store.server.queries))
    assert sent == [0, 1]


def test_a_password_that_was_changed_is_one_incident_of_the_connection_and_ends_by_itself(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1d", column="AT")
    make_rule("volume", name="Rows", table=ORDERS, at_least=1, drop=None, spike=None)
    key, store.server.account.public_key = store.server.account.public_key, None
    verdicts()
    incident = Incident.objects.get()
    assert "does not accept this key for user READER" in str(incident.facts)
    store.server.account.public_key = key
    clock.forward(minutes=20)
    assert set(verdicts().values()) == {"ok"}
    incident.refresh_from_db()
    assert incident.status == "resolved"


def test_a_warehouse_that_stops_amid_the_work_leaves_the_verdict_unknown(
    store: SnowflakeStore, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    make_rule(table=ORDERS, every="1d", column="AT")
    store.server.faults[QUERY] = [Refused("000606", "No active warehouse selected in the current session.", "57P03")]
    assert verdicts() == {ORDERS: "unknown"}

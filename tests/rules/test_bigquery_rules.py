"""Rules on BigQuery tables, from the double of its API to a verdict and an incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Incident
from apps.connections.engines.bigquery_catalogue import SQL
from apps.connections.models import Connection
from apps.connections.services import TableName, save_connection
from apps.rules.models import Check
from apps.rules.statements import TimeColumn
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.rules.selects import bucket_select, scalar_select
from tests.servers.bigquery import BigQueryServer

Verdicts = Callable[[], dict[str, str]]
ORDERS = "shop.orders"


@pytest.fixture
def warehouse(bigquery_server: BigQueryServer, clock: Clock) -> BigQueryServer:
    """A project whose only table, orders, was written three hours before the night's check."""
    clock.now = NIGHT - timedelta(hours=3)
    bigquery_server.warehouse.clock = clock
    bigquery_server.warehouse.add_dataset("shop")
    write(
        bigquery_server,
        "CREATE TABLE orders (id INT64, at TIMESTAMP, wall DATETIME, day DATE)",
        "INSERT INTO orders VALUES (1, '2026-11-21 00:00:00+00', '2026-11-21 01:00:00', '2026-11-21')",
    )
    clock.now = NIGHT
    return bigquery_server


@pytest.fixture
def connection(team: Team, warehouse: BigQueryServer) -> Connection:
    settings = {
        "project": warehouse.warehouse.project,
        "service_account_json": warehouse.account.key_file(),
    }
    return save_connection(team=team, name="dwh", engine="bigquery", settings=settings, timezone="Europe/Berlin")


def write(server: BigQueryServer, *statements: str) -> None:
    for statement in statements:
        server.warehouse.execute(statement, dataset="shop")


def test_the_selects_are_written_in_bigquerys_own_words() -> None:
    table, column = TableName("shop", "orders"), TimeColumn("wall", "naive", ZoneInfo("Europe/Berlin"))
    epoch = "UNIX_MICROS(CAST({} AS TIMESTAMP)) / 1e6"
    assert scalar_select(SQL, 0, table, [column, None]) == (
        f"SELECT 0, {epoch.format('MAX(`wall`)')}, COUNT(*) FROM `shop`.`orders`"
    )
    bucket = f"FLOOR(CAST({epoch.format('`wall`')} AS FLOAT64) / 3600)"
    assert bucket_select(SQL, 0, table, column, 3600, NIGHT - timedelta(days=1), NIGHT) == (
        f"SELECT 0, {bucket}, COUNT(*) FROM `shop`.`orders` WHERE `wall` >= DATETIME '2026-11-20 04:00:00' "
        f"AND `wall` <= DATETIME '2026-11-21 04:00:00' GROUP BY {bucket}"
    )


def test_a_table_that_was_stale_before_anybody_watched_is_told_at_once_and_for_nothing(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    warehouse.jobs.clear()  # saving looks at the columns, which has its price
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.get().measured == pytest.approx(3 * 3600, abs=1)
    assert (len(warehouse.statements), warehouse.billed) == (1, 0)


def test_a_write_ends_the_incident_at_the_time_that_bigquery_tells(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    verdicts()
    write(warehouse, "UPDATE orders SET id = 2 WHERE true")
    clock.forward(minutes=20)
    assert verdicts() == {ORDERS: "ok"}
    assert Incident.objects.get().status == "resolved"
    assert Check.objects.latest("pk").measured == pytest.approx(20 * 60, abs=1)


@pytest.mark.parametrize(("column", "age"), [("at", 3), ("wall", 3), ("day", 4)])
def test_times_with_and_without_a_zone_and_dates_are_read_from_a_column(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, column: str, age: int
) -> None:
    make_rule(table=ORDERS, every="1d", tolerance="0m", column=column)
    assert verdicts() == {ORDERS: "ok"}
    assert Check.objects.get().measured == age * 3600


def test_times_in_the_future_and_rows_per_day_are_read_in_bigquerys_own_words(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    write(warehouse, "INSERT INTO orders VALUES (2, '2092-01-01', '2092-01-01', '2092-01-01')")
    make_rule(table=ORDERS, every="1d", column="at")
    make_rule("volume", name="Rows", table=ORDERS, column="wall", at_least=1)
    verdicts()
    reasons = " ".join(Check.objects.values_list("reason", flat=True))
    assert "1 row lies in the future (newest 1 Jan 2092" in reasons
    assert "The statement failed" not in reasons
    assert sum("FLOOR(" in statement for statement in warehouse.statements) == 1


def test_a_table_that_is_not_written_is_not_read_again(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1d", column="at")
    verdicts()
    before = len(warehouse.statements)
    clock.forward(minutes=5)
    verdicts()
    assert len(warehouse.statements) == before + 1
    assert "__TABLES__" in warehouse.statements[-1]


def test_a_scan_over_the_limit_is_unknown_and_says_how_much_it_would_read(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    warehouse.warehouse.tables["shop", "orders"].bytes_a_value = 3 * 10**9
    make_rule(table=ORDERS, every="1d", column="at")
    assert verdicts() == {ORDERS: "unknown"}
    assert "would be billed 3 GB, and this connection allows 1 GB per query" in Check.objects.get().reason
    assert not Incident.objects.filter(key__startswith="rule/").exclude(key__endswith="/unknown").exists()


def test_the_days_of_a_table_are_fresh_when_the_newest_is(
    warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    write(warehouse, "CREATE TABLE events_20261120 (n INT64)", "CREATE TABLE events_20261119 (n INT64)")
    make_rule(table="shop.events_*", every="1h", tolerance="10m")
    clock.forward(hours=2)
    write(warehouse, "CREATE TABLE events_20261121 (n INT64)")
    clock.forward(minutes=30)
    assert verdicts() == {"shop.events_*": "ok"}
    assert Check.objects.get().measured == pytest.approx(1800, abs=1)

"""Numbers that a data store tells: when they are enough, when one real count decides, and what is said of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from apps.alerts.models import Incident
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Check, Observation
from apps.teams.models import Team
from tests.connections.stores import PostgresStore
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.servers.bigquery import BigQueryServer
from tests.servers.postgres import PostgresServer

Verdicts = Callable[[], dict[str, str]]


class TestBigQuery:
    """Row counts of `__TABLES__` are estimates: they leave out what was streamed in a moment ago."""

    @pytest.fixture
    def warehouse(self, bigquery_server: BigQueryServer, clock: Clock) -> BigQueryServer:
        bigquery_server.warehouse.clock = clock
        bigquery_server.warehouse.add_dataset("shop")
        self.write(bigquery_server, "CREATE TABLE orders (id INT64)", self.rows(1000))
        return bigquery_server

    @pytest.fixture
    def connection(self, team: Team, warehouse: BigQueryServer) -> Connection:
        settings = {"project": warehouse.warehouse.project, "service_account_json": warehouse.account.key_file()}
        return save_connection(team=team, name="dwh", engine="bigquery", settings=settings)

    def write(self, server: BigQueryServer, *statements: str) -> None:
        for statement in statements:
            server.warehouse.execute(statement, dataset="shop")

    def rows(self, count: int) -> str:
        return f"INSERT INTO orders SELECT n FROM UNNEST(GENERATE_ARRAY(1, {count})) AS n"

    def counts(self, server: BigQueryServer) -> int:
        return sum("COUNT(*)" in statement for statement in server.statements)

    def test_only_the_first_check_counts_while_all_is_well(
        self, warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule("volume", table="shop.orders")
        verdicts()
        clock.forward(hours=1)
        self.write(warehouse, self.rows(50))
        assert verdicts() == {"shop.orders": "ok"}
        check, observation = Check.objects.latest("pk"), Observation.objects.latest("pk")
        assert self.counts(warehouse) == 1
        assert (check.measured, check.source, check.trust) == (1050.0, "BigQuery's row_count", "estimate")
        assert (observation.value, observation.source, observation.trust) == (1050.0, check.source, "estimate")

    def test_a_drop_is_counted_once_before_anyone_is_told(
        self, warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule("volume", table="shop.orders")
        verdicts()
        clock.forward(hours=1)
        self.write(warehouse, "DELETE FROM orders WHERE id > 300")
        assert verdicts() == {"shop.orders": "breached"}
        assert self.counts(warehouse) == 2
        assert Check.objects.latest("pk").source == "row count"
        assert Incident.objects.get().facts["trust"] == "exact"

    def test_rows_in_the_streaming_buffer_are_no_drop(
        self, warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule("volume", table="shop.orders")
        verdicts()
        clock.forward(hours=1)
        self.write(warehouse, "DELETE FROM orders WHERE true")
        insert = "INSERT INTO shop.orders SELECT n FROM UNNEST(GENERATE_ARRAY(1, 990)) AS n"
        warehouse.warehouse.stream(insert, dataset="shop", table="orders")
        assert verdicts() == {"shop.orders": "ok"}
        check = Check.objects.latest("pk")
        assert (check.measured, check.source, check.trust) == (990.0, "row count", "exact")
        assert not Incident.objects.exists()

    def test_a_view_is_always_counted(
        self, warehouse: BigQueryServer, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        self.write(warehouse, "CREATE VIEW recent AS SELECT id FROM orders WHERE id > 500")
        make_rule("volume", table="shop.recent")
        verdicts()
        clock.forward(hours=1)
        assert verdicts() == {"shop.recent": "ok"}
        assert self.counts(warehouse) == 2
        assert Check.objects.latest("pk").measured == 500.0


class TestPostgres:
    """Its own number of rows is a hint and never judged by; its counters tell swaps from drops and from resets."""

    @pytest.fixture
    def store(self, postgres_server: PostgresServer) -> Iterator[PostgresStore]:
        database = postgres_server.create_database(f"Store {uuid.uuid4().hex[:8]}")
        store = PostgresStore(postgres_server, database)
        store.execute("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id", "ANALYZE orders")
        yield store
        postgres_server.drop_database(database)

    @pytest.fixture
    def connection(self, team: Team, store: PostgresStore) -> Connection:
        return save_connection(team=team, name="shop", engine="postgres", settings=store.settings())

    @pytest.mark.parametrize(
        ("statements", "rows", "words"),
        [
            (["TRUNCATE orders"], 0, "It was emptied (TRUNCATE)."),
            (["DROP TABLE orders", "CREATE TABLE orders (id int)"], 0, "Another table took its name"),
            (["CREATE TABLE fresh AS SELECT 1 AS id",
              "BEGIN; ALTER TABLE orders RENAME TO old; ALTER TABLE fresh RENAME TO orders; COMMIT"], 1,
             "Another table took its name"),
            (["BEGIN; TRUNCATE orders; INSERT INTO orders VALUES (1); COMMIT"], 1, "Its storage was renewed"),
            (["DELETE FROM orders"], 0, ""),
        ],
        ids=["truncated", "dropped and made anew", "swapped", "loaded anew", "deleted"],
    )  # fmt: skip
    def test_a_drop_says_what_happened_to_the_table(
        self, store: PostgresStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock, statements: list[str],
        rows: int, words: str,
    ) -> None:  # fmt: skip
        make_rule("volume", table="public.orders")
        verdicts()
        store.execute(*statements)
        clock.forward(hours=1)
        assert verdicts() == {"public.orders": "breached"}
        check = Check.objects.latest("pk")
        assert (check.measured, check.source, check.trust) == (float(rows), "row count", "exact")
        assert words in check.reason
        assert Incident.objects.get().facts["reason"].startswith(words)

    def test_counters_that_were_reset_are_no_drop(
        self, store: PostgresStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule("volume", table="public.orders")
        verdicts()
        store.execute("SELECT pg_stat_reset()")
        clock.forward(hours=1)
        assert verdicts() == {"public.orders": "ok"}

    def test_loads_that_are_rolled_back_do_not_keep_a_dead_table_fresh(
        self, store: PostgresStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule(table="public.orders", every="1h", tolerance="10m")
        verdicts()
        for _ in range(3):
            clock.forward(minutes=30)
            store.execute("BEGIN; INSERT INTO orders SELECT generate_series(1, 100); ROLLBACK")
            found = verdicts()
        assert found == {"public.orders": "breached"}
        assert "Rows were inserted and rolled back, so nothing changed." in Incident.objects.get().facts["reason"]

    def test_a_swap_is_fresh_although_its_counters_are_lower(
        self, store: PostgresStore, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
    ) -> None:
        make_rule(table="public.orders", every="1h", tolerance="10m")
        verdicts()
        clock.forward(minutes=65)
        store.execute("DROP TABLE orders", "CREATE TABLE orders AS SELECT 1 AS id")
        assert verdicts() == {"public.orders": "ok"}
        check = Check.objects.latest("pk")
        assert (check.at, check.measured) == (NIGHT + timedelta(minutes=65), 0.0)
        assert "Another table took its name" in check.reason

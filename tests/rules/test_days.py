"""The days of a table, as the data store keeps them or as one grouped count tells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.models import Connection, Usage
from apps.connections.services import OverBudget, TableName, refresh_catalogue, save_connection
from apps.rules.days.completeness import Completeness, DayState
from apps.rules.days.reading import MOST_DAYS, TableDays, stored_days
from apps.rules.kinds.contract import UTC_ZONE
from apps.rules.models import RuleState
from apps.rules.services import days_of
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop
from tests.servers.bigquery import BigQueryServer

ORDERS = TableName("main", "orders")
TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)
PRESENT, SHORT, MISSING, LATE, EMPTY, OPEN = DayState


def counts(found: Completeness) -> dict[date, int]:
    return {day.day: day.rows for day in found.days if day.rows}


def odd(found: Completeness) -> dict[int, DayState]:
    """The days that are not simply present, by how many days ago they were."""
    return {(TODAY - day.day).days: day.state for day in found.days if day.state is not PRESENT}


def fill(shop: Shop, days: int, but: Mapping[int, int]) -> None:
    shop.write(
        *(
            f"INSERT INTO orders SELECT n, TIMESTAMP '{NIGHT - back * DAY:%Y-%m-%d %H:%M:%S}', NULL"
            f" FROM range({but.get(back, 10)}) AS numbers(n)"
            for back in range(days)
        )
    )


class TestCounting:
    """On a store that does not keep tables by days."""

    def days(self, connection: Connection, table: TableName = ORDERS, **asked: Any) -> TableDays:
        return days_of(connection=connection, table=table, now=NIGHT, **asked)

    def fill(self, shop: Shop, *, but: dict[int, int] | None = None) -> None:
        """Ten orders on each of the last 60 days, or another number so many days ago."""
        fill(shop, 61, but or {})

    def test_days_are_present_short_missing_and_not_over(self, shop: Shop, connection: Connection) -> None:
        self.fill(shop, but={9: 0, 5: 4, 4: 5})
        found = self.days(connection)
        assert odd(found.found) == {0: OPEN, 5: SHORT, 9: MISSING}
        assert (found.source, str(found.trust)) == ("a count of rows by column created_at", "exact")
        assert (found.column, found.columns) == ("created_at", ("created_at", "updated_at"))

    def test_the_weeks_before_tell_what_is_usual_on_the_first_day(self, shop: Shop, connection: Connection) -> None:
        self.fill(shop, but={29: 4})
        found = self.days(connection, days=30).found
        assert (len(found.days), found.days[0].state, found.days[0].usual_words) == (30, SHORT, "10")

    def test_it_takes_one_statement_where_the_columns_are_known(self, shop: Shop, connection: Connection) -> None:
        self.fill(shop)
        refresh_catalogue(connection=connection, now=NIGHT)
        before = sum(Usage.objects.values_list("statements", flat=True))
        self.days(connection)
        assert sum(Usage.objects.values_list("statements", flat=True)) - before == 1

    def test_times_without_a_zone_make_the_days_of_the_stores_own_clock(
        self, shop: Shop, connection: Connection
    ) -> None:
        connection.timezone = "America/New_York"
        connection.save()
        shop.write("INSERT INTO orders VALUES (1, '2026-11-19 00:00:00', NULL), (2, '2026-11-19 23:59:59', NULL)")
        assert counts(self.days(connection).found) == {date(2026, 11, 19): 2}

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "UTC"])
    def test_moments_make_the_days_of_the_connections_zone(self, shop: Shop, connection: Connection, zone: str) -> None:
        connection.timezone = zone
        connection.save()
        midnight = {"Europe/Berlin": "00:00+01", "Asia/Kathmandu": "00:00+05:45", "UTC": "00:00+00"}[zone]
        shop.write(
            "CREATE TABLE events (seen TIMESTAMPTZ)",
            f"INSERT INTO events VALUES (TIMESTAMPTZ '2026-11-20 {midnight}'),"
            f" (TIMESTAMPTZ '2026-11-20 {midnight}' - INTERVAL 1 SECOND)",
        )
        found = self.days(connection, TableName("main", "events")).found
        assert counts(found) == {date(2026, 11, 19): 1, date(2026, 11, 20): 1}

    @pytest.mark.parametrize("kind", ["TIMESTAMPTZ", "TIMESTAMP", "DATE"])
    def test_days_on_which_the_clocks_change_are_whole(self, shop: Shop, connection: Connection, kind: str) -> None:
        connection.timezone = "Europe/Berlin"
        connection.save()
        shop.write(
            "SET TimeZone = 'Europe/Berlin'",
            f"CREATE TABLE events AS SELECT CAST(seen AS {kind}) AS seen FROM "
            "range(TIMESTAMPTZ '2026-10-24 00:00+02', TIMESTAMPTZ '2026-10-27 00:00+01', INTERVAL 1 HOUR) h(seen)",
        )
        found = self.days(connection, TableName("main", "events")).found
        assert counts(found) == {date(2026, 10, 24): 24, date(2026, 10, 25): 25, date(2026, 10, 26): 24}

    def test_rows_of_the_future_and_without_a_time_are_no_days(self, shop: Shop, connection: Connection) -> None:
        shop.order(NIGHT - 2 * DAY)
        shop.write("INSERT INTO orders VALUES (1, '2092-01-01', NULL), (2, NULL, NULL)")
        assert counts(self.days(connection).found) == {TODAY - 2 * DAY: 1}

    def test_the_column_by_which_a_rule_counts_days_comes_first(
        self, shop: Shop, connection: Connection, make_rule: RuleMaker
    ) -> None:
        make_rule("freshness", name="Fresh", every="1h", column="updated_at")
        make_rule("volume", name="Hourly", column="updated_at", per="1h")
        assert self.days(connection).column == "created_at"
        make_rule("volume", column="updated_at")
        assert self.days(connection).column == "updated_at"
        assert self.days(connection, column="created_at").column == "created_at"

    def test_without_such_a_rule_it_is_the_column_that_tells_when_rows_arrive(
        self, shop: Shop, connection: Connection
    ) -> None:
        shop.write("CREATE TABLE people (born_on DATE, changed_at TIMESTAMP, created_at TIMESTAMP)")
        assert self.days(connection, TableName("main", "people")).column == "created_at"

    def test_a_column_that_came_after_the_catalogue_was_read_can_be_chosen(
        self, shop: Shop, connection: Connection
    ) -> None:
        refresh_catalogue(connection=connection, now=NIGHT)
        shop.write("ALTER TABLE orders ADD COLUMN paid_at TIMESTAMP")
        assert self.days(connection, column="paid_at").column == "paid_at"

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"table": TableName("main", "nothing")}, "main.nothing is not there"),
            ({"table": TableName("main", "plain")}, "has no column with times"),
            ({"column": "created"}, "Did you mean created_at?"),
            ({"column": "id"}, "holds no times"),
            ({"days": 0}, "Ask for 1 to 400 days."),
            ({"days": MOST_DAYS + 1}, "Ask for 1 to 400 days."),
        ],
    )
    def test_what_cannot_be_told_says_why(
        self, shop: Shop, connection: Connection, asked: dict[str, Any], words: str
    ) -> None:
        shop.write("CREATE TABLE plain (id INTEGER)")
        with pytest.raises(InvalidInput) as refused:
            self.days(connection, **asked)
        assert words in str(refused.value)

    def test_an_empty_table_has_no_days(self, shop: Shop, connection: Connection) -> None:
        assert self.days(connection).found == Completeness()


class TestPartitions:
    """On BigQuery, which keeps tables by days."""

    @pytest.fixture
    def warehouse(self, bigquery_server: BigQueryServer, clock: Clock) -> BigQueryServer:
        bigquery_server.warehouse.clock = clock
        bigquery_server.warehouse.add_dataset("shop")
        return bigquery_server

    @pytest.fixture
    def connection(self, team: Team, warehouse: BigQueryServer) -> Connection:
        settings = {"project": warehouse.warehouse.project, "service_account_json": warehouse.account.key_file()}
        return save_connection(team=team, name="dwh", engine="bigquery", settings=settings, timezone="Asia/Tokyo")

    def fill(self, server: BigQueryServer, kind: str, *, but: int, by: str = "day") -> None:
        """Ten rows on each of the last 60 days, except so many days ago."""
        rows = ", ".join(
            f"('{NIGHT - back * DAY:%Y-%m-%d 12:00:00}')" for back in range(1, 61) if back != but for _ in range(10)
        )
        for statement in (
            f"CREATE TABLE orders (day {kind}) PARTITION BY {by}", f"INSERT INTO orders (day) VALUES {rows}"
        ):  # fmt: skip
            server.warehouse.execute(statement, dataset="shop")

    def days(self, connection: Connection, table: str = "orders", now: datetime = NIGHT, **asked: Any) -> TableDays:
        return days_of(connection=connection, table=TableName("shop", table), now=now, **asked)

    @pytest.mark.parametrize(("kind", "by", "zone"), [("DATE", "day", "Asia/Tokyo"), ("TIMESTAMP", "DATE(day)", "UTC")])
    def test_days_come_from_the_partitions_and_no_data_is_read(
        self, warehouse: BigQueryServer, connection: Connection, kind: str, by: str, zone: str
    ) -> None:
        self.fill(warehouse, kind, but=7, by=by)
        warehouse.warehouse.tables["shop", "orders"].bytes_a_value = 10**15
        refresh_catalogue(connection=connection, now=NIGHT)
        before = len(warehouse.statements)
        found = self.days(connection)
        assert odd(found.found) == {0: OPEN, 7: MISSING}
        assert (found.zone.key, found.column, str(found.trust)) == (zone, None, "estimate")
        (statement,) = warehouse.statements[before:]
        assert "INFORMATION_SCHEMA.PARTITIONS" in statement

    def test_what_a_look_is_billed_is_kept(self, warehouse: BigQueryServer, connection: Connection) -> None:
        self.fill(warehouse, "DATE", but=7)
        refresh_catalogue(connection=connection, now=NIGHT)
        before = sum(Usage.objects.values_list("bytes_billed", flat=True))
        self.days(connection)
        assert sum(Usage.objects.values_list("bytes_billed", flat=True)) - before == 10 * 2**20

    def test_the_column_of_the_partitions_is_not_counted_and_another_is(
        self, warehouse: BigQueryServer, connection: Connection
    ) -> None:
        warehouse.warehouse.execute(
            "CREATE TABLE orders (day DATE, at DATETIME) PARTITION BY day OPTIONS(require_partition_filter = TRUE)",
            dataset="shop",
        )
        warehouse.warehouse.execute("INSERT INTO orders VALUES ('2026-11-19', '2026-11-20 01:00:00')", dataset="shop")
        assert (self.days(connection, column="day").column, counts(self.days(connection, column="day").found)) == (
            None, {date(2026, 11, 19): 1},
        )  # fmt: skip
        chosen = self.days(connection, column="at")
        assert (chosen.column, counts(chosen.found)) == ("at", {date(2026, 11, 20): 1})
        assert chosen.columns == ("day", "at")

    def test_rows_in_the_streaming_buffer_are_told_and_keep_the_newest_day_open(
        self, warehouse: BigQueryServer, connection: Connection
    ) -> None:
        self.fill(warehouse, "DATE", but=1)
        warehouse.warehouse.stream("INSERT INTO shop.orders VALUES ('2026-11-20')", dataset="shop", table="orders")
        found = self.days(connection, now=NIGHT + timedelta(hours=9)).found
        assert (found.pending, odd(found)) == (1, {0: OPEN, 1: OPEN})

    def test_a_table_that_is_split_into_days_by_name_has_them(
        self, warehouse: BigQueryServer, connection: Connection
    ) -> None:
        for day in ("20261117", "20261119", "20261120"):
            warehouse.warehouse.execute(f"CREATE TABLE events_{day} AS SELECT 1 AS n", dataset="shop")
        found = self.days(connection, "events_*")
        assert odd(found.found) == {0: OPEN, 3: MISSING}

    def test_a_table_that_is_not_kept_by_days_is_counted(
        self, warehouse: BigQueryServer, connection: Connection
    ) -> None:
        self.fill(warehouse, "DATE", but=7, by="DATE_TRUNC(day, MONTH)")
        assert (odd(self.days(connection).found), self.days(connection).column) == ({0: OPEN, 7: MISSING}, "day")

    def test_nothing_is_asked_once_the_day_is_used_up(self, warehouse: BigQueryServer, connection: Connection) -> None:
        self.fill(warehouse, "DATE", but=7)
        Usage.objects.create(connection=connection, day=NIGHT.astimezone(UTC).date(), rule_key=1, bytes_billed=10**15)
        before = len(warehouse.requests)
        with pytest.raises(OverBudget, match="Over budget"):
            self.days(connection)
        assert [request.path for request in warehouse.requests[before:]] == ["/datasets"]


class TestStored:
    """From the readings of a rule, without asking the data store."""

    def test_a_daily_rule_shows_the_days_that_it_counted(
        self, shop: Shop, make_rule: RuleMaker, verdicts: Callable[[], dict[str, str]]
    ) -> None:
        fill(shop, 45, {6: 0})
        make_rule("volume", column="created_at")
        verdicts()
        shop.path.unlink()  # it is not asked again, and what was not looked at since is not missing
        found = stored_days(RuleState.objects.get(), UTC_ZONE, days=20)
        assert odd(found) == {0: OPEN, 6: MISSING}
        assert len(found.days) == 20

    def test_a_rule_that_was_never_checked_has_no_days(self, shop: Shop, make_rule: RuleMaker) -> None:
        make_rule("volume", column="created_at")
        assert stored_days(RuleState.objects.get(), UTC_ZONE, days=20) == Completeness()

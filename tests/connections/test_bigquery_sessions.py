"""Sessions with BigQuery: what they cost, what they are allowed, and where they look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.engines.bigquery import BigQuery
from apps.connections.engines.bigquery_session import label_of
from apps.connections.engines.bigquery_settings import BigQuerySettings
from apps.connections.engines.contract import Engine
from apps.connections.engines.errors import (
    DatabaseMissing,
    FilterNeeded,
    NotPermitted,
    OverBudget,
    QueryFailed,
    QueryTimeout,
    TableMissing,
)
from apps.connections.names import TableName
from apps.connections.testing import try_out
from tests.connections.stores import BigQueryStore, engine
from tests.servers.bigquery import BigQueryServer
from tests.servers.bigquery_errors import Refused

ORDERS = TableName("shop", "orders")


@pytest.fixture
def store(bigquery_store: BigQueryStore) -> BigQueryStore:
    """A dataset with one table of two rows and two columns of 8 bytes."""
    bigquery_store.execute(
        "CREATE TABLE orders (id integer, at TIMESTAMP)", "INSERT INTO orders VALUES (1, NULL), (2, NULL)"
    )
    return bigquery_store


def everywhere(store: BigQueryStore, **changes: Any) -> Engine:
    return engine(store, datasets=(), **changes)


def test_a_thousand_tables_in_many_datasets_are_looked_at_by_one_free_statement(store: BigQueryStore) -> None:
    for dataset in range(20):
        store.server.warehouse.add_dataset(f"d{dataset}")
        store.server.warehouse.execute("CREATE TABLE t (n integer)", dataset=f"d{dataset}")
    with everywhere(store) as session:
        assert len(session.observe()) == 21
    assert (len(store.server.statements), store.server.billed) == (1, 0)


def test_more_than_a_hundred_datasets_and_other_locations_take_statements_of_their_own(store: BigQueryStore) -> None:
    for dataset in range(100):
        store.server.warehouse.add_dataset(f"d{dataset}")
    store.server.warehouse.add_dataset("tokyo", "asia-northeast1")
    with everywhere(store) as session:
        session.tables()
    places = [job.request["location"] for job in store.server.jobs.values()]
    assert places == ["EU", "EU", "asia-northeast1"]


def test_the_columns_of_a_dataset_cost_what_bigquery_takes_at_least(store: BigQueryStore) -> None:
    with engine(store) as session:
        session.columns([ORDERS])
    assert store.server.billed == 10 * 2**20


def test_a_small_limit_makes_more_and_smaller_statements_of_the_columns(store: BigQueryStore) -> None:
    store.server.warehouse.add_dataset("web")
    store.server.warehouse.execute("CREATE TABLE visits (n integer)", dataset="web")
    with everywhere(store, max_bytes_per_query=10 * 2**20) as session:
        assert len(session.columns()) == 2
    assert sum("INFORMATION_SCHEMA" in statement for statement in store.server.statements) == 2


def test_the_days_of_a_table_have_the_newest_days_columns_and_are_counted_together(store: BigQueryStore) -> None:
    for day, columns in {
        "20261119": "n integer",
        "20261120": "n integer, m integer",
        "intraday_20261121": "x date",
    }.items():
        store.execute(f"CREATE TABLE events_{day} ({columns})", f"INSERT INTO events_{day} DEFAULT VALUES")
    events = TableName("shop", "events_*")
    with engine(store) as session:
        assert [column.name for column in session.columns([events])[events]] == ["n", "m"]
        assert session.columns()[events] == session.columns([events])[events]
        assert session.query(f"SELECT count(*) FROM {session.sql.table(events)}") == [(2,)]


def test_a_statement_over_the_limit_is_refused_before_it_runs(store: BigQueryStore) -> None:
    store.server.warehouse.tables["shop", "orders"].bytes_a_value = 10**9
    with engine(store) as session:
        with pytest.raises(OverBudget, match="billed 2 GB, and this connection allows 1 GB per query"):
            session.query("SELECT max(id) FROM orders")
        assert session.query("SELECT count(*) FROM orders") == [(2,)]
    assert store.server.statements == ["SELECT count(*) FROM orders"]
    assert store.server.billed == 0


def test_bigquery_itself_stops_what_would_be_billed_more_than_was_estimated(store: BigQueryStore) -> None:
    said = r"limit for bytes billed: 15728640\. 20971520 or higher"
    with engine(store, max_bytes_per_query=15 * 2**20) as session, pytest.raises(OverBudget, match=said):
        session.query("SELECT a.id FROM orders a JOIN orders b ON a.id = b.id")


def test_every_job_carries_limits_and_labels(store: BigQueryStore) -> None:
    with BigQuery(BigQuerySettings.model_validate(store.settings()), label="Midwatch: Shop (EU)") as session:
        session.observe()
        session.query("SELECT 1", timeout=timedelta(seconds=7))
    requests = [job.request for job in store.server.jobs.values()]
    assert [request["jobTimeoutMs"] for request in requests] == ["30000", "7000"]
    assert {request["maximumBytesBilled"] for request in requests} == {"1000000000"}
    assert [request["labels"] for request in requests] == [{"app": "midwatch", "connection": "shop-eu"}] * 2


@pytest.mark.parametrize(
    ("name", "label"), [("Midwatch: Shop (EU)", "shop-eu"), ("Midwatch: 倉庫", ""), ("x" * 99, "x" * 63)]
)
def test_a_label_has_only_what_google_allows(name: str, label: str) -> None:
    assert label_of(name) == label


def test_an_estimate_costs_nothing_and_runs_nothing(store: BigQueryStore) -> None:
    with engine(store) as session:
        assert session.estimate("SELECT id FROM orders") == 10 * 2**20
        assert session.estimate("SELECT count(*) FROM orders") == 0
    assert store.server.statements == []


def test_a_statement_that_bigquery_does_not_cut_is_cancelled_here(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 900))")
    store.server.cuts_in_time = False
    with engine(store) as session, pytest.raises(QueryTimeout, match=r"0\.2 s"):
        session.query("SELECT count(*) FROM t a, t b, t c, t d, t e", timeout=timedelta(milliseconds=200))
    assert store.server.requests[-1].path.endswith("/cancel")


def test_rows_that_come_in_too_many_pages_are_given_up_with_the_statement(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 3000))")
    store.server.rows_a_page = 1
    with engine(store) as session, pytest.raises(QueryTimeout, match=r"0\.3 s"):
        session.query("SELECT n FROM t", timeout=timedelta(milliseconds=300))


def test_a_listing_has_a_limit_of_its_own_and_asks_for_no_page_after_it(
    store: BigQueryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.execute("CREATE TABLE items (n integer)")
    store.server.rows_a_page = 1
    with engine(store) as session:
        assert len(session.tables()) == 2
        monkeypatch.setattr(session, "listing_within", timedelta())
        before = len(store.server.requests)
        with pytest.raises(QueryTimeout):
            session.tables()
    assert not any("pageToken" in request.query for request in store.server.requests[before:])


def test_a_cancellation_that_fails_does_not_hide_that_the_statement_was_cut(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 900))")
    store.server.cuts_in_time = False
    store.server.faults["/cancel"] = [Refused("accessDenied", "Access Denied: no")]
    with engine(store) as session, pytest.raises(QueryTimeout, match=r"0\.2 s"):
        session.query("SELECT count(*) FROM t a, t b, t c, t d, t e", timeout=timedelta(milliseconds=200))


def test_a_table_without_its_dataset_is_found_only_where_the_connection_names_one(store: BigQueryStore) -> None:
    with engine(store) as session:
        assert session.query("SELECT count(*) FROM orders") == [(2,)]
    with everywhere(store) as session, pytest.raises(TableMissing, match=r"Write dataset\.table\."):
        session.query("SELECT count(*) FROM orders")


def test_a_required_partition_filter_is_named(store: BigQueryStore) -> None:
    store.server.warehouse.tables["shop", "orders"].filter_on = "at"
    with engine(store) as session:
        with pytest.raises(FilterNeeded, match=r"shop\.orders can only be read with a filter on 'at'") as caught:
            session.query("SELECT max(id) FROM orders")
        assert caught.value.table == "orders"
        assert session.query("SELECT max(id) FROM orders WHERE at > TIMESTAMP '2026-01-01'") == [(None,)]


def test_a_dataset_that_may_not_be_read_is_named_with_the_role_it_needs(store: BigQueryStore) -> None:
    store.server.warehouse.forbidden.add("shop")
    with engine(store) as session, pytest.raises(NotPermitted) as caught:
        session.observe()
    assert "may not read this: Table shop-prod-1234:shop.__TABLES__." in str(caught.value)
    assert "BigQuery Data Viewer" in str(caught.value)


def test_a_dataset_that_is_not_there_is_met_with_the_nearest(store: BigQueryStore) -> None:
    with pytest.raises(DatabaseMissing, match=r"no dataset shopp that reader@.* can see\. Did you mean shop\?"):
        engine(store, datasets=("shopp",)).open()


def test_a_dataset_in_another_location_is_said_so(store: BigQueryStore) -> None:
    with pytest.raises(DatabaseMissing, match="The dataset shop is in EU, and the connection says US"):
        engine(store, location="US").open()


def test_a_location_without_any_dataset_is_met_with_those_that_have_some(store: BigQueryStore) -> None:
    store.server.warehouse.add_dataset("tokyo", "asia-northeast1")
    with pytest.raises(DatabaseMissing, match=r"says US, and the datasets that .* can see are in EU, asia-northeast1"):
        everywhere(store, location="US").open()


def test_an_account_that_sees_no_dataset_is_told_the_role_it_lacks(bigquery_server: BigQueryServer) -> None:
    key = bigquery_server.account.key_file()
    settings = BigQuery.Settings.model_validate({"project": "shop-prod-1234", "service_account_json": key})
    with pytest.raises(DatabaseMissing, match=r"has no dataset that reader@.* can see\. Give it the role BigQuery"):
        BigQuery(settings).open()


def test_a_location_leaves_out_the_datasets_elsewhere(store: BigQueryStore) -> None:
    store.server.warehouse.add_dataset("tokyo", "asia-northeast1")
    store.server.warehouse.execute("CREATE TABLE t (n integer)", dataset="tokyo")
    with everywhere(store, location="eu") as session:
        assert [info.name for info in session.tables()] == [ORDERS]


def test_the_test_of_a_connection_warns_of_an_account_that_may_write(store: BigQueryStore) -> None:
    report = try_out(engine(store))
    assert report.message == "Connected: 1 table, 0 views."
    assert "shop.orders" in report.warning
    assert "ON SCHEMA `shop`" in report.script


def test_an_account_that_may_only_read_gets_no_warning(store: BigQueryStore) -> None:
    store.server.may_write = False
    assert try_out(engine(store)).warning == ""


@pytest.mark.parametrize("sql", ["DELETE FROM orders WHERE true", "SELECT 1; SELECT 2", "CREATE TABLE t (n integer)"])
def test_only_one_select_is_run(store: BigQueryStore, sql: str) -> None:
    with engine(store) as session, pytest.raises(QueryFailed, match="only reads"):
        session.query(sql)
    assert store.server.statements == []

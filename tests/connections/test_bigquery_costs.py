"""What statements on BigQuery are billed, what they may be billed, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.connections.engines.contract import Budget
from apps.connections.engines.errors import Busy, LoginRefused, OverBudget, QueryFailed, QueryTimeout, TooManyRows
from apps.connections.services import TableName, save_connection, tariff_of
from apps.teams.models import Team
from tests.connections.stores import BigQueryStore, engine
from tests.servers.bigquery_errors import Refused

MB = 2**20
READ = "SELECT max(id) FROM orders"


@pytest.fixture
def store(bigquery_store: BigQueryStore) -> BigQueryStore:
    """A dataset with one table of two rows and two columns of 8 bytes."""
    bigquery_store.execute(
        "CREATE TABLE orders (id integer, at TIMESTAMP)", "INSERT INTO orders VALUES (1, NULL), (2, NULL)"
    )
    return bigquery_store


def requests(store: BigQueryStore, name: str) -> list[object]:
    return [job.request.get(name) for job in store.server.jobs.values()]


def test_a_session_knows_what_it_was_billed_for_looks_and_for_data(store: BigQueryStore) -> None:
    with engine(store) as session:
        session.observe()
        assert session.bytes_billed == 0
        session.columns()
        session.query(READ)
        assert session.bytes_billed == store.server.billed >= 20 * MB


@pytest.mark.parametrize(
    ("allowed", "limit"), [(None, 1_000_000_000), (50 * MB, 50 * MB), (2_000_000_000, 1_000_000_000)]
)
def test_a_job_is_limited_to_the_smaller_of_its_budget_and_the_connections(
    store: BigQueryStore, allowed: int | None, limit: int
) -> None:
    with engine(store) as session:
        session.query(READ, budget=Budget(allowed))
    assert requests(store, "maximumBytesBilled") == [str(limit)]


def test_a_budget_below_the_ten_megabytes_that_every_table_costs_is_refused_before_it_runs(
    store: BigQueryStore,
) -> None:
    with engine(store) as session, pytest.raises(OverBudget, match=r"billed 10\.5 MB, and 5 MB are allowed for it\."):
        session.query(READ, budget=Budget(5_000_000))
    assert store.server.statements == []


def test_a_statement_that_reads_nothing_is_within_every_budget(store: BigQueryStore) -> None:
    with engine(store) as session:
        assert session.query("SELECT count(*) FROM orders", budget=Budget(1)) == [(2,)]
        assert session.bytes_billed == 0


def test_the_label_names_the_rule_in_the_letters_that_google_allows(store: BigQueryStore) -> None:
    with engine(store) as session:
        session.query(READ, budget=Budget(label="12 Orders: late (EU)"))
    (labels,) = requests(store, "labels")
    assert labels == {"app": "midwatch", "connection": "midwatch", "rule": "12-orders-late-eu"}


def test_every_table_of_a_statement_counts_its_ten_megabytes(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE items (id integer)", "INSERT INTO items VALUES (1)")
    with engine(store) as session:
        assert session.estimate(f"{READ} UNION ALL SELECT max(id) FROM items") == 20 * MB


def test_a_statement_that_was_cut_counts_in_full(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 900))")
    slow = "SELECT count(*) FROM t a, t b, t c, t d, t e WHERE a.n + b.n + c.n + d.n + e.n > 0"
    with engine(store) as session, pytest.raises(QueryTimeout):
        session.query(slow, timeout=timedelta(milliseconds=200))
    assert session.bytes_billed == 10 * MB


def test_a_job_whose_answer_was_lost_counts_in_full(store: BigQueryStore) -> None:
    with engine(store) as session:
        store.server.faults["/queries"] = [Refused("backendError", "Try again.")] * 50
        with pytest.raises(Busy):
            session.query(READ)
        assert session.bytes_billed == 10 * MB


def test_a_job_that_may_not_be_waited_for_counts_in_full(store: BigQueryStore) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 900))")
    slow = "SELECT count(*) FROM t a, t b, t c, t d, t e WHERE a.n + b.n + c.n + d.n + e.n > 0"
    store.server.cuts_in_time = False
    store.server.faults["/jobs/"] = [Refused("accessDenied", "Access Denied: Job")]
    with engine(store) as session, pytest.raises(LoginRefused):
        session.query(slow, timeout=timedelta(milliseconds=200))
    assert session.bytes_billed == 10 * MB


def test_a_job_that_told_its_bytes_counts_once_though_its_rows_were_refused(store: BigQueryStore) -> None:
    with engine(store) as session, pytest.raises(TooManyRows):
        session.query("SELECT id FROM orders", max_rows=1)
    assert session.bytes_billed == store.server.billed == 10 * MB


def test_what_was_refused_costs_nothing(store: BigQueryStore) -> None:
    with engine(store) as session:
        with pytest.raises(QueryFailed):
            session.query("SELECT nothing FROM orders")
        assert session.bytes_billed == 0


@pytest.mark.parametrize(
    ("changes", "per_day", "price"),
    [({}, 50_000_000_000, 6.25), ({"max_bytes_per_day": 0}, None, 6.25), ({"max_bytes_per_day": None}, None, 6.25),
     ({"max_bytes_per_day": 10, "price_per_tib": 0}, 10, 0)],
)  # fmt: skip
@pytest.mark.django_db
def test_the_tariff_is_known_from_the_stored_settings_alone(
    store: BigQueryStore, changes: dict[str, object], per_day: int | None, price: float
) -> None:
    team = Team.objects.create(name="data")
    connection = save_connection(team=team, name="dwh", engine="bigquery", settings=store.settings(**changes))
    tariff = tariff_of(connection=connection)
    assert (tariff.per_query, tariff.per_day, tariff.price_per_tib) == (1_000_000_000, per_day, price)


class TestListings:
    """Columns and partitions are no queries, and are billed all the same."""

    @pytest.fixture
    def store(self, store: BigQueryStore) -> BigQueryStore:
        store.execute("CREATE TABLE visits (day DATE) PARTITION BY day", "INSERT INTO visits VALUES ('2026-11-21')")
        store.server.warehouse.add_dataset("web")
        store.server.warehouse.execute("CREATE TABLE pages (id INT64)", dataset="web")
        return store

    def test_what_is_left_of_the_day_goes_along_as_the_limit_of_the_job(self, store: BigQueryStore) -> None:
        with engine(store) as session:
            session.bytes_limit = 30 * MB
            session.columns([TableName("shop", "visits")])
            session.partitions(TableName("shop", "visits"))
        assert requests(store, "maximumBytesBilled") == [str(30 * MB), str(20 * MB)]

    def test_the_days_of_a_table_are_not_asked_for_when_nothing_is_left(self, store: BigQueryStore) -> None:
        with engine(store) as session:
            session.bytes_limit = 5_000_000
            with pytest.raises(OverBudget, match=r"bills this listing 10\.5 MB, and 5 MB are left"):
                session.partitions(TableName("shop", "visits"))
        assert store.server.statements == []

    def test_columns_are_listed_as_far_as_the_day_allows_and_the_others_say_why_not(self, store: BigQueryStore) -> None:
        orders, pages = TableName("shop", "orders"), TableName("web", "pages")
        with engine(store, datasets=()) as session:
            session.bytes_limit = 15 * MB
            assert list(session.columns([orders, pages])) == [orders]
            assert list(session.unreadable) == [pages]
            assert session.unreadable[pages].startswith("Over budget: BigQuery bills this listing 10.5 MB")
            assert session.bytes_billed == 10 * MB

    def test_a_look_is_free_and_never_refused(self, store: BigQueryStore) -> None:
        with engine(store) as session:
            session.bytes_limit = 0
            assert TableName("shop", "orders") in session.observe()

    def test_a_listing_whose_answer_was_lost_counts_what_it_is_billed_at_least(self, store: BigQueryStore) -> None:
        with engine(store) as session:
            store.server.faults["/queries"] = [Refused("backendError", "Try again.")] * 50
            with pytest.raises(Busy):
                session.partitions(TableName("shop", "visits"))
            assert session.bytes_billed == 10 * MB

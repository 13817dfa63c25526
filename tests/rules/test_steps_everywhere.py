"""Transitions, survivals, completeness and distributions, on real stores from save to verdict."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.alerts.models import Incident
from apps.alerts.services import close_as
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.connections.services import TableName, save_connection
from apps.rules.models import Check
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team, User
from tests.connections.stores import DuckDBStore, Store
from tests.rules.conftest import NIGHT, Clock


@pytest.fixture
def duckdb_store(tmp_path: Path) -> DuckDBStore:
    return DuckDBStore(tmp_path / "shop.duckdb")


@pytest.fixture(params=["duckdb", "postgres", "mysql", "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def connection(team: Team, store: Store) -> Connection:
    return save_connection(team=team, name="shop", engine=store.key, settings=store.settings())


class Watch:
    """One rule on the table `t`, checked an hour apart."""

    def __init__(self, team: Team, connection: Connection, store: Store, clock: Clock) -> None:
        self.team, self.connection, self.store, self.clock = team, connection, store, clock

    def rule(self, kind: str, **settings: Any) -> None:
        table = str(TableName(self.store.home, "t"))
        draft = RuleDraft("A rule", self.connection, kind, table=table, settings=settings)
        save_rule(team=self.team, draft=draft, now=self.clock())

    def check(self) -> Check:
        check_now(rules=None, clock=self.clock)
        self.clock.forward(hours=1)
        return Check.objects.latest("at")


@pytest.fixture
def watch(team: Team, connection: Connection, store: Store, clock: Clock) -> Watch:
    return Watch(team, connection, store, clock)


def orders(store: Store, *rows: str) -> None:
    """A table of orders as they stand."""
    store.execute("CREATE TABLE t (id int, status varchar(20), plan varchar(20), note varchar(20))")
    store.execute(f"INSERT INTO t VALUES {', '.join(rows)}")


def log_of(store: Store, *rows: tuple[int, str | None, str]) -> None:
    """A log of the status of orders: (order, status, time)."""
    store.execute(f"CREATE TABLE t (id int, status varchar(20), seen {store.naive})")
    values = ", ".join(f"({id_}, {'NULL' if status is None else repr(status)}, '{at}')" for id_, status, at in rows)
    store.execute(f"INSERT INTO t VALUES {values}")


ALLOWED = ["draft > paid", "paid > shipped", "* > cancelled"]


def test_a_step_back_in_a_log_is_told_with_the_order(watch: Watch, store: Store) -> None:
    log_of(
        store,
        (1, "draft", "2026-11-19 10:00:00"), (1, "paid", "2026-11-19 11:00:00"), (1, "shipped", "2026-11-20 11:00:00"),
        (2, "shipped", "2026-11-01 11:00:00"), (2, "draft", "2026-11-20 12:00:00"),
        (3, "shipped", "2026-10-01 11:00:00"), (3, "draft", "2026-10-02 11:00:00"),
        (4, "paid", "2026-11-20 11:00:00"), (4, "cancelled", "2026-11-20 11:30:00"),
    )  # fmt: skip
    watch.rule("transitions", key="id", column="status", at="seen", allow=ALLOWED)
    found = watch.check()
    assert (found.verdict, found.measured) == ("breached", 1.0)
    assert "id 2: shipped → draft" in found.reason


def test_a_status_that_stays_or_goes_where_it_may_is_fine(watch: Watch, store: Store) -> None:
    log_of(
        store,
        (1, "draft", "2026-11-20 10:00:00"),
        (1, "draft", "2026-11-20 10:30:00"),
        (1, "paid", "2026-11-20 11:00:00"),
    )
    watch.rule("transitions", key="id", column="status", at="seen", allow=ALLOWED)
    assert watch.check().verdict == "ok"


def test_a_status_that_becomes_null_is_a_step_too(watch: Watch, store: Store) -> None:
    log_of(store, (1, "draft", "2026-11-20 10:00:00"), (1, None, "2026-11-20 11:00:00"))
    watch.rule("transitions", key="id", column="status", at="seen", allow=ALLOWED)
    assert "draft → no value" in watch.check().reason


def test_without_a_log_each_check_is_compared_with_the_one_before(watch: Watch, store: Store) -> None:
    orders(store, "(1, 'shipped', 'a', 'x')", "(2, 'draft', 'a', 'x')")
    watch.rule("transitions", key="id", column="status", allow=ALLOWED)
    assert watch.check().verdict == "learning"
    store.execute("UPDATE t SET status = 'paid' WHERE id = 2")
    assert watch.check().verdict == "ok"
    store.execute("UPDATE t SET status = 'draft' WHERE id = 1")
    assert "id 1: shipped → draft" in watch.check().reason
    assert watch.check().verdict == "breached"  # it stands until the order moves on
    store.execute("UPDATE t SET status = 'paid' WHERE id = 1")
    assert watch.check().verdict == "ok"


def test_accepted_steps_of_a_log_stay_accepted_while_the_oldest_drop_out_of_sight(
    watch: Watch, store: Store, clock: Clock
) -> None:
    log_of(
        store,
        (1, "paid", "2026-11-19 10:00:00"), (1, "draft", "2026-11-19 11:00:00"),
        (2, "paid", "2026-11-20 10:00:00"), (2, "draft", "2026-11-20 11:00:00"),
    )  # fmt: skip
    watch.rule("transitions", key="id", column="status", at="seen", allow=ALLOWED, back="2d")
    assert watch.check().measured == 2.0
    close_as(incident=Incident.objects.get(), user=User.objects.create_user("anna@example.com"), now=clock())
    assert watch.check().verdict == "ok"
    clock.forward(days=1)
    assert watch.check().verdict == "ok"


def test_a_thing_that_stands_in_two_ways_at_once_cannot_be_followed(watch: Watch, store: Store) -> None:
    orders(store, "(1, 'paid', 'a', 'x')", "(1, 'draft', 'a', 'x')")
    watch.rule("transitions", key="id", column="status", allow=ALLOWED)
    found = watch.check()
    assert found.verdict == "unknown"
    assert "Some values of id are in several rows that differ" in found.reason


def test_a_value_that_is_lost_with_a_change_of_plan_is_told(watch: Watch, store: Store) -> None:
    orders(store, "(1, 's', 'basic', 'keep me')", "(2, 's', 'basic', 'mine')", "(3, 's', 'basic', 'x')")
    watch.rule("survives", key="id", columns=["note"], event="plan")
    watch.check()
    store.execute(
        "UPDATE t SET plan = 'pro', note = NULL WHERE id = 1", "UPDATE t SET plan = 'pro' WHERE id = 2",
        "UPDATE t SET note = 'other' WHERE id = 3",
    )  # fmt: skip
    found = watch.check()
    assert (found.verdict, found.measured) == ("breached", 1.0)
    assert "id 1: note did not survive the change of plan" in found.reason
    assert "keep me" not in found.reason


def test_a_value_may_change_with_the_event_where_only_loss_counts(watch: Watch, store: Store) -> None:
    orders(store, "(1, 's', 'basic', 'a')", "(2, 's', 'basic', 'b')")
    watch.rule("survives", key="id", columns=["note"], event="plan", lost=True)
    watch.check()
    store.execute("UPDATE t SET plan = 'pro', note = 'c' WHERE id = 1")
    assert watch.check().verdict == "ok"
    store.execute("UPDATE t SET plan = 'free', note = '' WHERE id = 2")
    assert watch.check().verdict == "breached"


def by_day(store: Store, *days: int) -> None:
    """A table with a row at noon of so many days ago."""
    store.execute(f"CREATE TABLE t (id int, amount int, seen {store.naive})")
    times = ((NIGHT - timedelta(days=back)).strftime("%Y-%m-%d 12:00:00") for back in days)
    store.execute(
        "INSERT INTO t VALUES " + ", ".join(f"({number}, {number}, '{at}')" for number, at in enumerate(times))
    )


def test_days_without_rows_are_named(watch: Watch, store: Store) -> None:
    by_day(store, 1, 2, 4, 5, 8)
    watch.rule("completeness", column="seen")
    found = watch.check()
    assert (found.verdict, found.measured) == ("breached", 3.0)
    assert found.reason.endswith(
        "3 days of " + found.state.schema + ".t have no rows: 14 Nov 2026, 15 Nov 2026, 18 Nov 2026."
    )


def test_days_off_may_be_empty(watch: Watch, store: Store) -> None:
    by_day(store, 1, 2, 3, 4, 5, 8)  # the 14th and 15th were a weekend
    watch.rule("completeness", column="seen", days="weekdays")
    assert watch.check().verdict == "ok"


def test_a_day_that_comes_late_ends_the_breach(watch: Watch, store: Store) -> None:
    by_day(store, 1, 3)
    watch.rule("completeness", column="seen")
    assert watch.check().verdict == "breached"
    store.execute("INSERT INTO t VALUES (9, 9, '2026-11-19 08:00:00')")
    assert watch.check().verdict == "ok"


def test_the_day_that_just_ended_has_time_to_settle(watch: Watch, store: Store, clock: Clock) -> None:
    by_day(store, 2, 3)
    watch.rule("completeness", column="seen", settle="6h")
    assert watch.check().verdict == "ok"
    clock.forward(hours=3)
    assert watch.check().verdict == "breached"


def numbers(store: Store, *values: str) -> None:
    store.execute("CREATE TABLE t (amount int, name varchar(20))")
    store.execute("INSERT INTO t (amount) VALUES " + ", ".join(f"({value})" for value in values))


@pytest.mark.parametrize(
    ("statistic", "value"), [("mean", 4.0), ("least", 0.0), ("most", 12.0), ("sum", 20.0), ("zero_share", 40.0)]
)
def test_statistics_are_what_they_are_called(watch: Watch, store: Store, statistic: str, value: float) -> None:
    numbers(store, "0", "0", "4", "4", "12", "NULL")
    watch.rule("distribution", column="amount", statistic=statistic, at_most=value - 0.5)
    found = watch.check()
    assert (found.verdict, found.measured) == ("breached", value)


def test_quantiles_where_the_store_reckons_them(watch: Watch, store: Store) -> None:
    numbers(store, *map(str, range(101)))
    if store.key in ("mysql", "sqlite"):
        with pytest.raises(InvalidInput, match="no quantiles"):
            watch.rule("distribution", column="amount", statistic="p95", at_most=90)
        return
    watch.rule("distribution", column="amount", statistic="p95", at_most=90)
    assert watch.check().measured == 95.0


def test_a_column_of_text_has_no_distribution(watch: Watch, store: Store) -> None:
    numbers(store, "1")
    with pytest.raises(InvalidInput, match="holds no numbers") as refusal:
        watch.rule("distribution", column="name", at_most=1)
    assert refusal.value.field == "column"


def test_an_empty_column_cannot_be_judged(watch: Watch, store: Store) -> None:
    numbers(store, "NULL")
    watch.rule("distribution", column="amount", at_most=1)
    found = watch.check()
    assert found.verdict == "unknown"
    assert "has a value in amount" in found.reason


def test_a_mean_that_moves_away_from_its_last_days_is_told(watch: Watch, store: Store, clock: Clock) -> None:
    numbers(store, "100", "100")
    watch.rule("distribution", column="amount", drop="20%")
    for day in range(4):
        assert watch.check().verdict == ("learning" if day < 3 else "ok")
        clock.forward(hours=23)
        store.execute("INSERT INTO t (amount) VALUES (100)")
    store.execute("UPDATE t SET amount = 79")
    found = watch.check()
    assert (found.verdict, found.low) == ("breached", 80.0)
    assert "the mean of the last 30 days is 100" in found.reason

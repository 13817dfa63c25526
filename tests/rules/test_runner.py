"""From a table in a real store to a verdict, an incident and a queued message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import duckdb
import pytest

from apps.alerts.models import Delivery, Incident
from apps.connections.models import Connection, ConnectionState
from apps.rules.models import Check, Observation, RuleState
from apps.rules.services import delete_rule
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

Verdicts = Callable[[], dict[str, str]]
ORDERS = "main.orders"


def test_a_fresh_table_is_ok_and_nobody_hears_of_it(shop: Shop, make_rule: RuleMaker, verdicts: Verdicts) -> None:
    shop.order(NIGHT - timedelta(minutes=30))
    make_rule(every="1h", tolerance="10m", column="updated_at")
    assert verdicts() == {ORDERS: "ok"}
    assert not Incident.objects.exists()


def test_a_stale_table_opens_one_incident_and_queues_one_message(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(minutes=71))
    make_rule(every="1h", tolerance="10m", column="updated_at")
    assert verdicts() == {ORDERS: "breached"}
    clock.forward(minutes=5)
    assert verdicts() == {ORDERS: "breached"}
    incident = Incident.objects.get()
    assert (incident.severity, incident.opened_at, incident.last_seen_at) == ("high", NIGHT, clock())
    assert Delivery.objects.filter(kind="opened").count() == 1


def test_the_incident_resolves_by_itself_with_its_duration_when_data_come_back(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(minutes=71))
    make_rule(every="1h", tolerance="10m", column="updated_at")
    verdicts()
    clock.forward(hours=2)
    shop.order(clock() - timedelta(minutes=1))
    assert verdicts() == {ORDERS: "ok"}
    incident = Incident.objects.get()
    assert incident.status == "resolved"
    assert incident.facts["duration_seconds"] == 7200
    assert Delivery.objects.filter(kind="resolved").count() == 1


def test_times_in_the_future_do_not_make_a_dead_table_look_fresh(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    shop.order(NIGHT - timedelta(days=3))
    shop.write("INSERT INTO orders VALUES (1, '2092-01-01', '2092-01-01')")
    make_rule(every="1h", column="updated_at")
    assert verdicts() == {ORDERS: "breached"}
    assert "2092" in Check.objects.get().reason


def test_times_without_a_zone_are_read_in_the_connections_zone(
    shop: Shop, connection: Connection, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    connection.timezone = "Europe/Berlin"
    connection.save()
    shop.order(NIGHT)  # written as 03:00 of the wall clock, which in Berlin was an hour before 03:00 UTC
    make_rule(every="30m", tolerance="29m", column="updated_at")
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.get().measured == 3600


def test_a_table_that_is_not_written_is_not_read_again(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(minutes=5), rows=10)
    make_rule("volume", at_least=5)
    verdicts()
    mark = RuleState.objects.get().mark
    clock.forward(minutes=5)
    verdicts()
    assert mark
    assert RuleState.objects.get().mark == mark
    assert Observation.objects.count() == 1


def test_without_a_column_a_change_is_noticed_by_the_stores_own_account(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", tolerance="10m")
    assert verdicts() == {ORDERS: "learning"}
    clock.forward(minutes=50)
    shop.write("UPDATE orders SET id = id + 1")
    assert verdicts() == {ORDERS: "ok"}
    clock.forward(minutes=71)
    assert verdicts() == {ORDERS: "breached"}


def test_a_table_that_vanished_is_unknown_and_reported_at_the_second_look(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    verdicts()
    shop.write("ALTER TABLE orders RENAME TO orders_old")
    assert verdicts() == {ORDERS: "unknown"}
    assert not Incident.objects.exists()
    assert RuleState.objects.filter(next_check_at__lte=clock() + timedelta(seconds=60)).exists()
    clock.forward(seconds=60)
    verdicts()
    assert Incident.objects.get().key.endswith("/unknown")


def test_unknown_neither_opens_nor_closes_a_breach(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(hours=5))
    make_rule(every="1h", column="updated_at")
    verdicts()
    shop.write("ALTER TABLE orders RENAME TO orders_old")
    clock.forward(minutes=5)
    verdicts()
    assert Incident.objects.get().status == "open"
    shop.write("ALTER TABLE orders_old RENAME TO orders")
    shop.order(clock())
    verdicts()
    assert Incident.objects.get().status == "resolved"


def test_a_pattern_covers_the_tables_that_exist_and_those_that_appear_later(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule("schema", include=("main.*",))
    assert verdicts() == {"": "ok", ORDERS: "learning"}
    shop.write('CREATE TABLE "Ödd.name" (id INTEGER)')
    clock.forward(minutes=10)
    assert verdicts() == {"": "ok", ORDERS: "ok", 'main."Ödd.name"': "learning"}


def test_a_file_that_is_gone_is_one_incident_of_the_connection_and_no_false_alarm(
    shop: Shop, connection: Connection, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    make_rule("volume", name="Rows", at_least=1, drop=None, spike=None)
    away = shop.path.rename(shop.path.with_suffix(".away"))
    assert verdicts() == {ORDERS: "unknown"}
    incident = Incident.objects.get()
    assert incident.key == f"connection/{connection.pk}"
    away.rename(shop.path)
    clock.forward(minutes=1)
    assert verdicts() == {ORDERS: "ok"}
    incident.refresh_from_db()
    assert incident.status == "resolved"
    assert ConnectionState.objects.get().failures == 0


def test_a_broken_table_does_not_hide_the_others_of_its_batch(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    shop.order(NIGHT)
    shop.write(
        "CREATE TABLE base (id INTEGER, updated_at TIMESTAMP)",
        "CREATE VIEW broken AS SELECT updated_at, CAST('x' || id AS INTEGER) AS id FROM base WHERE id > 0",
        "INSERT INTO base VALUES (1, '2026-11-21 02:59:00')",
    )
    make_rule("volume", include=("main.*",), at_least=1, drop=None, spike=None)
    result = verdicts()
    assert result[ORDERS] == "ok"
    assert result["main.base"] == "ok"


@pytest.mark.parametrize("kind", ["freshness", "volume", "schema"])
def test_every_kind_keeps_its_check_with_source_and_trust(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, kind: str
) -> None:
    shop.order(NIGHT)
    settings: dict[str, dict[str, object]] = {
        "freshness": {"every": "1h", "column": "updated_at"}, "volume": {"at_least": 1}, "schema": {},
    }  # fmt: skip
    make_rule(kind, **settings[kind])
    verdicts()
    check = Check.objects.get()
    assert check.source
    assert check.trust == "exact"


def test_a_writer_that_holds_the_file_makes_the_verdict_unknown_never_stale(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    clock.forward(hours=3)
    # A writer in this process conflicts with a read-only session just as one in another process does.
    with duckdb.connect(str(shop.path)):
        assert verdicts() == {ORDERS: "unknown"}
        assert not Incident.objects.exists()
        clock.forward(minutes=1)
        verdicts()
    assert Incident.objects.get().key.startswith("connection/")


def test_the_incident_of_a_connection_ends_when_no_rule_watches_it_any_more(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    rule = make_rule(every="1h", column="updated_at")
    shop.path.unlink()
    verdicts()
    delete_rule(rule=rule, now=clock())
    incident = Incident.objects.get()
    assert incident.status == "resolved"
    assert incident.timeline.filter(text__contains="No rule watches").exists()


def test_a_rule_that_need_not_read_is_not_disturbed_by_one_that_reads_the_same_table(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(minutes=30))
    make_rule("nulls", name="first", column="updated_at")
    verdicts()
    clock.forward(minutes=5)
    make_rule("nulls", name="second", column="created_at")
    verdicts()
    latest = Check.objects.filter(at=clock())
    assert sorted(check.state.rule.name for check in latest) == ["first", "second"]
    assert {(check.verdict, check.measured) for check in latest} == {("ok", 0.0)}


def test_a_number_that_is_not_finite_disturbs_no_other_rule(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts
) -> None:
    shop.write("CREATE TABLE rates (rate DOUBLE)", "INSERT INTO rates VALUES ('NaN'), (2)")
    shop.order(NIGHT - timedelta(minutes=30))
    make_rule("nulls", name="first", column="updated_at")
    make_rule("distribution", name="second", table="main.rates", column="rate", at_most=5)
    assert verdicts() == {ORDERS: "ok", "main.rates": "unknown"}

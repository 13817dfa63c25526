"""The bytes that a connection may be billed on a day: what stops, what goes on, what is told, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from apps.alerts.models import Delivery, Incident
from apps.connections.models import Connection, Usage
from apps.rules.models import Check, RuleState
from apps.rules.services import delete_rule
from tests.rules.conftest import NIGHT, Clock
from tests.rules.costs.conftest import MB, Connect, Dwh, MakeRule

Verdicts = Callable[[], dict[str, str]]
TODAY = date(2026, 11, 21)


@pytest.fixture
def spend(connection: Connection) -> Callable[[int], None]:
    """Let earlier passes of today have been billed so much."""

    def spend(billed: int, day: date = TODAY) -> None:
        Usage.objects.create(connection=connection, day=day, rule_key=99, rule_name="Another", bytes_billed=billed)

    return spend


Spend = Callable[[int], None]


def reason() -> str:
    return Check.objects.latest("pk").reason


def test_when_the_budget_is_used_up_no_statement_reads_data(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend
) -> None:
    make_rule()
    spend(50_000_000_000)
    dwh.forget()
    assert verdicts() == {"shop.orders": "unknown"}
    assert (dwh.scans, dwh.dry_runs, dwh.server.billed) == ([], 0, 0)
    assert reason().startswith("Over budget: 50 GB of the 50 GB that this connection may be billed on a day (UTC)")
    assert "again from 00:00 UTC on" in reason()
    assert "raise the connection's most bytes per day" in reason()


def test_rules_that_look_at_metadata_alone_go_on(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend
) -> None:
    make_rule()
    make_rule(name="By metadata", every="1d")
    make_rule("schema", name="Columns", ignore_added=True)
    spend(50_000_000_000)
    dwh.forget()
    verdicts()
    found = dict(Check.objects.values_list("state__rule__name", "verdict"))
    assert found == {"Orders": "unknown", "By metadata": "ok", "Columns": "unknown"}
    assert dwh.server.billed == 0  # a list of columns is billed, too


def test_columns_that_cannot_have_changed_are_told_without_budget(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    make_rule("schema", ignore_added=True)
    assert verdicts() == {"shop.orders": "learning"}
    spend(50_000_000_000)
    clock.forward(minutes=10)
    assert verdicts() == {"shop.orders": "ok"}
    dwh.write("ALTER TABLE orders ADD COLUMN note STRING")
    clock.forward(minutes=10)
    assert verdicts() == {"shop.orders": "unknown"}
    assert reason().startswith("Over budget")


def test_columns_are_listed_when_the_table_changed_and_only_then(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule("schema", ignore_added=True)
    billed, found = list[int](), list[str]()
    for change in ("", "", "ALTER TABLE orders DROP COLUMN seen", ""):
        if change:
            dwh.write(change)
        dwh.forget()
        found.append(verdicts()["shop.orders"])
        billed.append(dwh.server.billed // MB)
        clock.forward(minutes=10)
    assert found == ["learning", "ok", "breached", "breached"]
    assert billed == [10, 0, 10, 0]


def test_it_is_told_once_however_many_rules_wait_and_however_often_they_are_checked(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock, connection: Connection
) -> None:
    for name in ("A", "B", "C"):
        make_rule(name=name)
    spend(50_000_000_000)
    for _ in range(3):
        verdicts()
        clock.forward(minutes=10)
    incident = Incident.objects.get()
    assert incident.key == f"connection/{connection.pk}/budget"
    assert (incident.severity, incident.facts["rules"], incident.facts["used_bytes"]) == ("high", 3, 50_000_000_000)
    assert Delivery.objects.count() == 1


def test_it_ends_by_itself_when_the_next_day_begins(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    make_rule()
    spend(50_000_000_000)
    verdicts()
    clock.now = datetime(2026, 11, 22, 0, 1, tzinfo=UTC)
    assert verdicts() == {"shop.orders": "ok"}
    assert Incident.objects.get().status == "resolved"


def test_a_rule_that_waits_is_due_when_the_next_day_begins_and_not_every_minute(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    make_rule(every="7d", column="at")  # checked every few minutes
    spend(50_000_000_000)
    clock.now = datetime(2026, 11, 21, 23, 59, 50, tzinfo=UTC)
    verdicts()
    assert RuleState.objects.get().next_check_at == datetime(2026, 11, 22, tzinfo=UTC)
    clock.now = NIGHT + timedelta(minutes=1)
    verdicts()
    assert RuleState.objects.filter(next_check_at__gt=clock() + timedelta(minutes=2)).exists()


def test_it_ends_when_the_budget_is_raised(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock, connect: Connect
) -> None:
    make_rule()
    spend(50_000_000_000)
    verdicts()
    connect(max_bytes_per_day=60_000_000_000)
    clock.forward(minutes=5)
    assert verdicts() == {"shop.orders": "ok"}
    assert Incident.objects.get().status == "resolved"


def test_a_small_check_that_still_fits_does_not_end_it(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    dwh.size("orders", 900)
    dwh.write("CREATE TABLE small (at TIMESTAMP)", "INSERT INTO small VALUES ('2026-11-21 02:00:00+00')")
    make_rule(name="Large")
    make_rule(name="Small", table="shop.small")
    spend(50_000_000_000 - 100 * MB)
    assert verdicts() == {"shop.orders": "unknown", "shop.small": "ok"}
    delete_rule(rule=RuleState.objects.get(table="orders").rule, now=clock())
    clock.forward(minutes=5)
    verdicts()
    assert Incident.objects.get().status == "open"


def test_a_job_may_be_billed_no_more_than_is_left_of_the_day(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend
) -> None:
    make_rule()
    spend(50_000_000_000 - 100 * MB)
    assert verdicts() == {"shop.orders": "ok"}
    (job,) = dwh.scans
    assert int(job.request["maximumBytesBilled"]) == 90 * MB  # ten were billed for the columns


def test_a_day_is_one_in_utc(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, connection: Connection) -> None:
    make_rule()
    Usage.objects.create(connection=connection, day=TODAY - timedelta(days=1), rule_key=0, bytes_billed=10**12)
    assert verdicts() == {"shop.orders": "ok"}


@pytest.mark.parametrize("limit", [0, None])
def test_without_a_daily_budget_nothing_stops(
    dwh: Dwh, connect: Connect, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, limit: int | None
) -> None:
    connect(max_bytes_per_day=limit)
    make_rule()
    spend(10**15)
    assert verdicts() == {"shop.orders": "ok"}


def test_it_ends_with_the_last_rule_of_the_connection(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    rule = make_rule()
    spend(50_000_000_000)
    verdicts()
    delete_rule(rule=rule, now=clock())
    assert Incident.objects.get().status == "resolved"
    assert Delivery.objects.filter(kind="resolved").count() == 0


def test_a_breach_stays_open_while_it_cannot_be_looked_at(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, spend: Spend, clock: Clock
) -> None:
    make_rule(every="10m", tolerance="0m", column="at")
    assert verdicts() == {"shop.orders": "breached"}
    spend(50_000_000_000)
    dwh.write("INSERT INTO orders VALUES (2, '2026-11-21 03:00:00+00', NULL)")
    clock.forward(minutes=5)
    assert verdicts() == {"shop.orders": "unknown"}
    assert Incident.objects.get(key__startswith="rule/").status == "open"

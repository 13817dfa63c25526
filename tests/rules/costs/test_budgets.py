"""What a check may be billed: the limits and labels of its jobs, and what becomes of tables that are too dear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from apps.alerts.models import Incident
from apps.connections.models import Connection
from apps.rules.models import Check, Rule
from apps.rules.services import RuleDraft, save_rule
from tests.rules.conftest import Clock
from tests.rules.costs.conftest import MB, Dwh, MakeRule

Verdicts = Callable[[], dict[str, str]]


def limits(dwh: Dwh) -> list[int]:
    return [int(job.request["maximumBytesBilled"]) for job in dwh.scans]


def labels(dwh: Dwh) -> list[str]:
    return [job.request["labels"]["rule"] for job in dwh.scans]


def test_a_job_is_limited_to_the_rules_budget_and_names_the_rule(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    rule = make_rule(name="Orders: late?", max_bytes=20 * MB)
    assert verdicts() == {"shop.orders": "ok"}
    assert (limits(dwh), labels(dwh)) == ([20 * MB], [f"{rule.pk}-orders-late"])


def test_without_a_budget_of_its_own_the_connections_limit_holds(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    make_rule()
    verdicts()
    assert limits(dwh) == [1_000_000_000]


def test_a_check_over_the_rules_budget_is_not_run_and_says_what_to_do(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    dwh.size("orders", 300)
    make_rule(max_bytes=100 * MB)
    assert verdicts() == {"shop.orders": "unknown"}
    reason = Check.objects.get().reason
    assert "would be billed 314.6 MB, and 104.9 MB are allowed for it." in reason
    assert "Raise the rule's most bytes per check" in reason
    assert dwh.scans == []


def test_a_check_that_costs_is_not_tried_again_in_a_minute(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    dwh.size("orders", 300)
    rule = make_rule(max_bytes=100 * MB)
    clock.forward(minutes=1)  # well past the common moment at which its checks come due
    verdicts()
    assert rule.states.filter(next_check_at__gt=clock() + timedelta(minutes=2)).exists()


def test_rules_without_budgets_share_a_job_that_names_them_all(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    ids = [make_rule(name=name).pk for name in ("A", "B")]
    verdicts()
    assert labels(dwh) == [f"several-{ids[0]}-{ids[1]}"]


def test_a_rule_with_a_budget_does_not_share(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    dwh.size("orders", 300)
    make_rule(name="Free")
    make_rule(name="Thrifty", max_bytes=100 * MB)
    verdicts()
    assert dict(Check.objects.values_list("state__rule__name", "verdict")) == {"Free": "ok", "Thrifty": "unknown"}
    assert labels(dwh) == [f"{Rule.objects.get(name='Free').pk}-free"]


def test_a_rule_with_patterns_reads_its_tables_together_and_apart_from_other_rules(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    for number in range(5):
        dwh.write(f"CREATE TABLE t{number} (at TIMESTAMP)", f"INSERT INTO t{number} VALUES ('2026-11-21')")
    make_rule(name="All", include=("shop.t*",))
    make_rule(name="Orders")
    dwh.forget()
    verdicts()
    assert sorted(job.request["query"].count("SELECT") for job in dwh.scans) == [1, 5]


def test_a_batch_that_is_too_dear_is_halved_by_dry_runs_and_only_the_dear_table_is_unknown(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    for number in range(40):
        dwh.write(f"CREATE TABLE t{number:02} (at TIMESTAMP)", f"INSERT INTO t{number:02} VALUES ('2026-11-21')")
    dwh.size("t17", 3_000)
    make_rule(include=("shop.t*",))
    dwh.forget()
    found = verdicts()
    assert [table for table, verdict in found.items() if verdict == "unknown"] == ["shop.t17"]
    assert len(dwh.scans) <= 6
    assert dwh.dry_runs <= 12


def test_a_batch_is_no_larger_than_the_budget_of_a_check(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    for number in range(8):
        dwh.write(f"CREATE TABLE t{number} (at TIMESTAMP)", f"INSERT INTO t{number} VALUES ('2026-11-21')")
    make_rule(include=("shop.t*",), max_bytes=40 * MB)
    dwh.forget()
    assert set(verdicts().values()) == {"ok"}
    assert limits(dwh) == [40 * MB, 40 * MB]


def test_a_table_that_stays_too_dear_is_an_incident_of_its_rule(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    dwh.size("orders", 3_000)
    make_rule()
    verdicts()
    clock.forward(hours=1)
    verdicts()
    assert Incident.objects.get().key.endswith("/unknown")


def test_raising_the_budget_checks_the_rule_at_once(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock, connection: Connection
) -> None:
    rule = make_rule(max_bytes=MB)
    assert verdicts() == {"shop.orders": "unknown"}
    clock.forward(minutes=1)
    draft = RuleDraft(
        name=rule.name, connection=connection, kind=rule.kind, table=rule.table, settings=rule.settings,
        severity="high", channels=tuple(rule.notify.all()), max_bytes=20 * MB,
    )  # fmt: skip
    save_rule(team=rule.team, draft=draft, instance=rule, now=clock())
    assert rule.states.get().next_check_at == clock()
    assert verdicts() == {"shop.orders": "ok"}

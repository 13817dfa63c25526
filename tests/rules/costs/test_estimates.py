"""What a rule would cost, told before it is saved: on BigQuery in bytes and money, elsewhere in statements."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.costs.estimate import MOST_TABLES
from apps.rules.models import Rule
from apps.rules.services import CostEstimate, RuleDraft, estimate_cost, estimate_costs
from apps.teams.models import Team
from tests.rules.conftest import Clock, Shop
from tests.rules.costs.conftest import MB, Connect, Dwh, hours_ago

ARRIVALS = {"column": "at", "per": "1d"}


@pytest.fixture
def visits(dwh: Dwh) -> Dwh:
    """Table visits: a row a day for 60 days; a day of a column weighs 1 GB."""
    days = ", ".join(f"({hours_ago(24 * day + 1)}, {day})" for day in range(60))
    dwh.write(
        "CREATE TABLE visits (at TIMESTAMP, n INT64) PARTITION BY DATE(at) "
        "OPTIONS (require_partition_filter = TRUE)",
        f"INSERT INTO visits VALUES {days}",
    )  # fmt: skip
    dwh.size("visits", 954)
    return dwh


def drafted(connection: Connection, table: str = "shop.visits", kind: str = "volume", **changes: Any) -> RuleDraft:
    return RuleDraft(
        name="A rule", connection=connection, kind=kind, **{"table": table, "settings": ARRIVALS, **changes}
    )


def told(connection: Connection, clock: Clock, *draft: Any, **changes: Any) -> CostEstimate:
    return estimate_cost(team=connection.team, draft=drafted(connection, *draft, **changes), now=clock())


def test_bytes_and_money_of_a_check_a_day_and_the_first_check(visits: Dwh, connect: Connect, clock: Clock) -> None:
    connection = connect(max_bytes_per_query=10**12, max_bytes_per_day=None)
    assert told(connection, clock).sentence == (
        "Each check reads at most 4 GB (0.02 US dollars); with 24 checks a day at most 96.3 GB and 0.55 US dollars a "
        "day. The first check reads 32 days back: 33 GB (0.19 US dollars)."
    )


def test_nothing_is_read_for_an_estimate(visits: Dwh, connection: Connection, clock: Clock) -> None:
    told(connection, clock)
    assert visits.scans == []
    assert visits.server.billed == 10 * MB  # the columns, which any check of a draft looks at


def test_the_numbers_are_those_that_the_checks_are_billed(
    visits: Dwh, connect: Connect, clock: Clock, make_rule: Any, verdicts: Any
) -> None:
    connection = connect(max_bytes_per_query=10**12, max_bytes_per_day=None)
    cost = told(connection, clock).cost
    make_rule("volume", table="shop.visits", **ARRIVALS)
    visits.forget()
    verdicts()
    assert cost
    assert cost.first.bytes == visits.server.billed
    clock.forward(days=1)
    visits.write(f"INSERT INTO visits VALUES ({hours_ago(-1)}, 1)")
    visits.forget()
    verdicts()
    assert 0 < visits.server.billed <= cost.usual.bytes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"max_bytes": 10**9},
            "Checks of shop.visits would not run: that is more than the rule allows per check (1 GB).",
        ),
        (
            {"max_bytes": 10**10},
            "The first check, and so any, of shop.visits would not run: that is more than the rule",
        ),
    ],
)
def test_what_is_over_the_rules_limit_is_said(
    visits: Dwh, connect: Connect, clock: Clock, changes: dict[str, int], words: str
) -> None:
    connection = connect(max_bytes_per_query=10**12)
    assert words in told(connection, clock, **changes).sentence


def test_what_is_over_the_connections_limits_is_said(visits: Dwh, connect: Connect, clock: Clock) -> None:
    over_query = told(connect(max_bytes_per_query=10**9), clock).sentence
    over_day = told(connect(max_bytes_per_query=10**12, max_bytes_per_day=40 * 10**9), clock).sentence
    assert "more than the connection allows per query (1 GB)." in over_query
    assert over_day.endswith("That is more than dwh may be billed a day (40 GB): checks would wait.")


def test_a_rule_that_looks_at_metadata_alone_costs_nothing(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    cost = told(connection, clock, "shop.orders", "freshness", settings={"every": "1h"})
    assert cost.sentence == "Checks of this rule read nothing that is billed."


def test_a_list_of_columns_has_its_price(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    cost = told(connection, clock, "shop.orders", "schema", settings={}).cost
    assert cost
    assert (cost.usual.statements, cost.usual.bytes) == (0, 10 * MB)


def test_tables_of_a_pattern_are_asked_for_together(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    for number in range(20):
        dwh.write(f"CREATE TABLE t{number} (at TIMESTAMP)", f"INSERT INTO t{number} VALUES ({hours_ago(1)})")
    settings = {"every": "1d", "column": "at"}
    cost = told(connection, clock, "", "freshness", include=("shop.t*",), settings=settings)
    assert cost.sentence.startswith("Each check of the 20 tables reads at most 220.2 MB")
    assert dwh.dry_runs == 2


def test_of_very_many_tables_the_first_tell_what_all_cost(dwh: Dwh, connect: Connect, clock: Clock) -> None:
    asked = {"include": ("shop.t*",), "settings": {"every": "1d", "column": "at"}}
    connection = connect(max_bytes_per_query=10**12, max_bytes_per_day=None)
    found = []
    for numbers in (range(MOST_TABLES), range(MOST_TABLES, MOST_TABLES // 5 * 6)):
        dwh.write(*(f"CREATE TABLE t{number:04} AS SELECT {hours_ago(1)} AS at" for number in numbers))
        found.append(told(connection, clock, "", "freshness", **asked))
    some, whole = (each.cost for each in found)
    assert some
    assert whole
    assert whole.usual.bytes == some.usual.bytes // 5 * 6
    assert found[0].sentence.startswith("Each check of the 200 tables reads at most ")
    assert found[1].sentence.startswith("Each check of the 240 tables reads about ")
    assert " checks a day about " in found[1].sentence
    assert found[1].sentence.endswith(" a day, as the first 200 tables tell.")
    allowed = whole.bytes_a_day - 1  # less than all are billed, and more than those that were asked for
    assert "checks would wait" in told(connect(max_bytes_per_day=allowed), clock, "", "freshness", **asked).sentence


def test_a_pattern_that_matches_nothing_costs_nothing(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    cost = told(connection, clock, "", "freshness", include=("shop.no*",), settings={"every": "1d", "column": "at"})
    assert cost.sentence == "No table matches yet, so nothing is read."


def test_without_a_price_there_is_no_money(visits: Dwh, connect: Connect, clock: Clock) -> None:
    assert "dollars" not in told(connect(price_per_tib=0), clock).sentence


def test_a_mistake_is_said_instead(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match=r"Did you mean shop\.orders\?"):
        told(connection, clock, "shop.ordres")


def test_a_store_that_does_not_answer_is_no_error(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    dwh.server.account.exists = False
    dwh.server.account.tokens.clear()
    estimate = told(connection, clock)
    assert estimate.sentence.startswith("dwh could not be asked")
    assert estimate.cost is None


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (
            "freshness",
            {"every": "1d", "column": "updated_at"},
            "Each check sends at most 1 statement; rules share them.",
        ),
        ("freshness", {"every": "1d"}, "This rule looks at metadata alone."),
        ("schema", {}, "This rule looks at metadata alone."),
    ],
)
def test_elsewhere_statements_are_told(
    team: Team, shop: Shop, clock: Clock, kind: str, settings: dict[str, str], words: str
) -> None:
    files = save_connection(team=team, name="files", engine="duckdb", settings={"path": str(shop.path)})
    assert told(files, clock, "main.orders", kind, settings=settings).sentence == (
        f"Checks of files cost nothing per byte. {words}"
    )


def test_many_drafts_ask_each_connection_once_and_only_where_bytes_are_billed(
    team: Team, visits: Dwh, shop: Shop, connection: Connection, clock: Clock
) -> None:
    files = save_connection(team=team, name="files", engine="duckdb", settings={"path": str(shop.path)})
    drafts = [drafted(connection), drafted(files, "main.orders", settings={"at_least": 1}), drafted(connection)]
    visits.forget()
    first, second, third = estimate_costs(team=team, drafts=drafts, now=clock())
    assert first == third != ""
    assert second == ""
    assert sum("INFORMATION_SCHEMA" in statement for statement in visits.server.statements) == 1
    assert not Rule.objects.exists()

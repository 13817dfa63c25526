"""Rules that look at some of the rows, or at each value of a column apart, on a real store."""

from __future__ import annotations

from typing import Any

import pytest

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.models import Check, Observation, RuleState
from apps.rules.services import RuleDraft, check_now, save_rule, sentence_of
from apps.teams.models import Team
from tests.rules.conftest import Clock, Shop


@pytest.fixture(autouse=True)
def orders(shop: Shop) -> None:
    shop.write(
        "CREATE OR REPLACE TABLE orders (id BIGINT, country TEXT, status TEXT, email TEXT, created_at TIMESTAMP)",
        "INSERT INTO orders SELECT range, ['DE', 'FR', NULL][1 + range % 3], 'paid', 'a@b.example',"
        " TIMESTAMP '2026-11-20 12:00:00' FROM range(300)",
    )


def save(team: Team, connection: Connection, clock: Clock, kind: str = "nulls", **settings: Any) -> None:
    values = {"column": "email"} | settings if kind == "nulls" else settings
    draft = RuleDraft("A rule", connection, kind, table="main.orders", settings=values)
    save_rule(team=team, draft=draft, now=clock())


def check(clock: Clock) -> Check:
    check_now(rules=None, clock=clock)
    clock.forward(hours=1)
    return Check.objects.latest("at")


def test_only_rows_for_which_the_condition_holds_count(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, where="status = 'paid'")
    shop.write("UPDATE orders SET email = NULL, status = 'draft' WHERE id < 10")
    assert check(clock).verdict == "ok"
    shop.write("UPDATE orders SET email = NULL WHERE id = 20")
    found = check(clock)
    assert (found.verdict, found.measured) == ("breached", 1.0)


def test_rules_with_different_conditions_share_one_query(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    for name, where in (("one", None), ("two", "country = 'DE'"), ("three", "country = 'FR'")):
        settings = {"column": "email"} | ({"where": where} if where else {})
        save_rule(
            team=team, draft=RuleDraft(name, connection, "nulls", table="main.orders", settings=settings), now=clock()
        )
    shop.write("UPDATE orders SET email = NULL WHERE country = 'DE'")
    results = {result.rule: result for result in check_now(rules=None, clock=clock)}
    assert {name: result.outcome.judgement.measured for name, result in results.items()} == {
        "one": 100.0, "two": 100.0, "three": 0.0
    }  # fmt: skip


def test_each_value_is_judged_apart_and_one_incident_names_them(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, by="country", at_most=5)
    shop.write("UPDATE orders SET email = NULL WHERE country = 'FR' AND id < 60 OR country IS NULL AND id < 30")
    found = check(clock)
    assert found.verdict == "breached"
    assert "country FR: 20 of 100 rows" in found.reason
    incident = Incident.objects.get()
    assert incident.facts["segments"] == ["FR", "no value"]
    assert set(Observation.objects.values_list("segment", flat=True)) == {"DE", "FR", "no value"}


def test_rows_of_a_day_are_counted_for_each_value(team: Team, connection: Connection, clock: Clock, shop: Shop) -> None:
    shop.write(
        "INSERT INTO orders SELECT range, ['DE', 'FR'][1 + range % 2], 'paid', '', "
        "TIMESTAMP '2026-10-15 12:00:00' + INTERVAL 1 DAY * (range // 100) FROM range(3600)",
        "DELETE FROM orders WHERE country IS NULL OR created_at >= TIMESTAMP '2026-11-20'",
        "INSERT INTO orders SELECT range, 'DE', 'paid', '', TIMESTAMP '2026-11-20 12:00:00' FROM range(50)",
    )
    save(team, connection, clock, "volume", column="created_at", by="country")
    found = check(clock)
    assert found.verdict == "breached"
    assert found.reason.startswith("country FR: No rows arrived on 20 Nov 2026")


def test_a_value_that_appears_later_is_judged_from_the_next_check_on(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, by="country")
    check(clock)
    shop.write("INSERT INTO orders VALUES (1000, 'IT', 'paid', NULL, TIMESTAMP '2026-11-20 12:00:00')")
    assert check(clock).reason.startswith("country IT: 1 of 1 row in main.orders has no email")


def test_values_that_are_gone_are_forgotten_before_there_are_too_many(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    shop.write("DELETE FROM orders WHERE id >= 60")
    save(team, connection, clock, by="id")
    assert check(clock).verdict == "ok"
    shop.write("DELETE FROM orders", "INSERT INTO orders SELECT range, '', '', 'x', NULL FROM range(1000, 1060)")
    assert check(clock).verdict == "ok"
    assert len(RuleState.objects.get().memory["lots"]) == 100


def test_a_value_of_which_nothing_can_be_said_any_more_does_not_hide_the_others(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, "distribution", column="id", statistic="most", at_most=1000, by="country")
    assert check(clock).verdict == "ok"
    shop.write("DELETE FROM orders WHERE country = 'FR'")
    assert check(clock).verdict == "ok"


def test_a_new_value_keeps_none_of_the_others_from_being_fine_again(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, "volume", by="country", drop="20%")
    check(clock)
    shop.write("DELETE FROM orders WHERE country = 'FR' AND id >= 100")
    assert check(clock).verdict == "breached"
    shop.write(
        "INSERT INTO orders SELECT range, 'FR', '', '', NULL FROM range(80)",
        "INSERT INTO orders VALUES (1, 'IT', '', '', NULL)",
    )
    found = check(clock)
    assert found.verdict == "ok"
    assert found.reason.startswith("country IT: ")
    assert Incident.objects.get().status == "resolved"


def test_an_empty_table_is_judged_as_without_values_to_tell_apart(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    shop.write("DELETE FROM orders")
    save(team, connection, clock, by="country")
    assert check(clock).verdict == "ok"
    shop.write("INSERT INTO orders VALUES (1, 'IT', 'paid', NULL, NULL)")
    assert check(clock).reason.startswith("country IT: 1 of 1 row")


def test_a_column_with_too_many_values_is_not_judged(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, by="id")
    found = check(clock)
    assert found.verdict == "unknown"
    assert "more than 100 values (300)" in found.reason


@pytest.mark.parametrize(
    "where",
    [
        "1=1; DROP TABLE orders", "1=1) OR (1=1", "id IN (SELECT id FROM orders)", "COUNT(*) > 1", "status = 'a' -- x",
        "id = ?", "SELECT 1", "status = 'a' GROUP BY 1", "status = 'a' LIMIT 1", "status AS x", "(", "",
        "id = 1 UNION SELECT 1", "ROW_NUMBER() OVER () = 1",
    ],
)  # fmt: skip
def test_what_is_no_condition_on_a_row_is_refused_at_save(
    team: Team, connection: Connection, clock: Clock, where: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        save(team, connection, clock, where=where)
    assert refusal.value.field == "where"


@pytest.mark.parametrize(
    "where",
    ["status = 'it''s -- no comment; #1'", "(id > 3 OR country IS NULL) AND status <> 'x'", "id % 2 = 0", "TRUE"],
)
def test_a_condition_may_be_anything_that_holds_for_a_row(
    team: Team, connection: Connection, clock: Clock, where: str
) -> None:
    save(team, connection, clock, where=where)
    assert check(clock).verdict == "ok"


def test_a_condition_on_a_column_that_is_gone_is_unknown_with_the_reason(
    team: Team, connection: Connection, clock: Clock, shop: Shop
) -> None:
    save(team, connection, clock, where="status = 'paid'")
    shop.write("ALTER TABLE orders DROP COLUMN status")
    found = check(clock)
    assert found.verdict == "unknown"
    assert "status" in found.reason


@pytest.mark.parametrize("where", ["nowhere = 1", "status > DATE '2026-01-01'", "no_function(id) = 1"])
def test_a_condition_that_the_store_cannot_read_is_refused_at_save(
    team: Team, connection: Connection, clock: Clock, where: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        save(team, connection, clock, where=where)
    assert refusal.value.field == "where"


def test_the_column_to_tell_rows_apart_by_must_be_there(team: Team, connection: Connection, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match="Did you mean country"):
        save(team, connection, clock, by="countri")


def test_a_condition_that_depends_on_the_time_is_asked_again_although_nothing_was_written(
    team: Team, connection: Connection, clock: Clock
) -> None:
    save(team, connection, clock, where="created_at > now() - INTERVAL 1 DAY")
    check(clock)
    check(clock)
    assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"ok"}


def test_the_sentence_says_which_rows(team: Team, connection: Connection, clock: Clock) -> None:
    save(team, connection, clock, where="status = 'paid'", by="country")
    found = check(clock)
    rule = found.state.rule

    assert sentence_of(rule=rule) == (
        "For each value of country: Alerts if any row of main.orders (only rows where status = 'paid') has no email."
    )

"""Rules for many tables: what patterns take in, what cannot be checked, and tables with limits of their own."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.connections.services import TableName, matches, refresh_catalogue
from apps.rules.drafts import RuleDraft
from apps.rules.matching.matched import Matches, matched, pattern_of
from apps.rules.models import Rule, RuleState
from apps.rules.services import save_beside
from tests.rules.conftest import NIGHT, RuleMaker, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def sixty(connection: Connection, shop: Shop) -> Connection:
    """A schema with sixty tables and a view, all known."""
    shop.write("CREATE SCHEMA sales")
    for number in range(60):
        shop.write(f"CREATE TABLE sales.part_{number:02} (id INTEGER)")
    shop.write("CREATE VIEW sales.paid AS FROM sales.part_00")
    refresh_catalogue(connection=connection, now=NIGHT)
    return connection


def found(connection: Connection, *include: str, exclude: tuple[str, ...] = (), **settings: Any) -> Matches:
    wanted = settings or {"every": "1h"}
    return matched(RuleDraft("Parts", connection, "freshness", include=include, exclude=exclude, settings=wanted))


def test_all_tables_that_match_are_listed_once_in_order(sixty: Connection) -> None:
    names = [str(each.table) for each in found(sixty, "sales.part_*", "sales.*").found]
    assert names == ["sales.paid", *(f"sales.part_{number:02}" for number in range(60))]


def test_what_is_left_out_is_counted(sixty: Connection) -> None:
    some = found(sixty, "sales.*", exclude=("sales.part_0*", "main.*"))
    assert (len(some.found), some.left_out, some.known) == (51, 10, 62)


def test_what_cannot_be_checked_says_why(sixty: Connection) -> None:
    (broken,) = found(sixty, "sales.*").broken
    assert str(broken.table) == "sales.paid"
    assert "is a view: only a column can tell" in broken.problem


def test_without_complete_settings_only_the_names_are_told(sixty: Connection) -> None:
    some = found(sixty, "sales.*", every="now and then")
    assert (len(some.found), some.broken) == (61, [])
    assert some.unread


def test_tables_with_a_rule_of_their_own_are_named(sixty: Connection, make_rule: RuleMaker) -> None:
    own = make_rule(name="Part 7", table="sales.part_07", every="1w")
    make_rule("schema", name="Schema of part 8", table="sales.part_08")
    (doubled,) = found(sixty, "sales.*").doubled
    assert (str(doubled.table), doubled.own) == ("sales.part_07", ("Part 7",))
    draft = RuleDraft("Parts", sixty, "freshness", include=("sales.*",), settings={"every": "1h"})
    assert matched(draft, rule_id=own.pk).doubled == []


@pytest.mark.parametrize("name", ["plain", "a*b", "what?", "[x]", "q[1", 'say "hi"', "dot.ted"])
def test_a_pattern_can_mean_one_table_whatever_its_name(name: str) -> None:
    table = TableName("main", name)
    assert matches(table, (pattern_of(table),), ())
    assert not matches(TableName("main", f"{name}2"), (pattern_of(table),), ())


@pytest.fixture
def parts(sixty: Connection, make_rule: RuleMaker) -> Rule:
    return make_rule(name="Parts", include=("sales.part_*",), every="1h")


def own(connection: Connection, **changes: Any) -> RuleDraft:
    usual: dict[str, Any] = {"kind": "freshness", "table": "sales.part_07", "settings": {"every": "1w"}}
    return RuleDraft("Part 7", connection, **{**usual, **changes})


def test_a_table_with_limits_of_its_own_is_taken_out_of_the_rule_with_patterns(parts: Rule) -> None:
    saved = save_beside(draft=own(parts.connection), beside=parts, now=NIGHT)
    parts.refresh_from_db()
    assert parts.exclude == ["sales.part_07"]
    covered = RuleState.objects.filter(table="part_07").values_list("rule", flat=True)
    assert list(covered) == [saved.rule.pk]
    assert RuleState.objects.filter(rule=parts).exclude(table="").count() == 59


@pytest.mark.parametrize(
    "changes", [{"kind": "schema", "settings": {}}, {"table": "", "include": ("sales.*",)}, {"table": "sales.nothing"}]
)
def test_when_the_rule_beside_cannot_be_made_nothing_changes(parts: Rule, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        save_beside(draft=own(parts.connection, **changes), beside=parts, now=NIGHT)
    parts.refresh_from_db()
    assert (parts.exclude, Rule.objects.count()) == ([], 1)


def test_a_table_that_the_patterns_do_not_take_in_changes_nothing_there(parts: Rule) -> None:
    save_beside(draft=own(parts.connection, table="main.orders"), beside=parts, now=NIGHT)
    parts.refresh_from_db()
    assert (parts.exclude, Rule.objects.count()) == ([], 2)

"""Own SQL on every engine: it is tried when it is saved, reads when it is checked, and writes at neither time."""

from __future__ import annotations

import pytest

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.rules.models import Rule
from apps.teams.models import Team
from tests.connections.stores import Store, engine
from tests.rules.written.conftest import Checker, Saver, connect

ORDERS = (
    "CREATE TABLE orders (id integer, total integer, name varchar(9))",
    "INSERT INTO orders VALUES (1, 10, 'a'), (2, -5, 'b'), (3, NULL, 'c')",
)


def test_a_number_is_held_against_its_limits(team: Team, store: Store, save: Saver, check: Checker) -> None:
    store.execute(*ORDERS)
    save("sql", connect(team, store), store, sql="SELECT SUM(total) AS s\nFROM {table};\n", at_most=4)
    found = check()
    assert (found.verdict, found.measured, found.high) == ("breached", 5, 4)
    assert found.reason == "The query gave 5; at most 4 is expected."


def test_rows_that_must_not_exist_are_counted_and_shown(team: Team, store: Store, save: Saver, check: Checker) -> None:
    store.execute(*ORDERS)
    text = "WITH bad AS (SELECT id, total FROM {table} WHERE total < 0) SELECT id, total FROM bad ORDER BY id -- why"
    if store.key == "mysql":
        text = text.removesuffix(" -- why")
    save("sql", connect(team, store), store, sql=text, expect="no_rows")
    found = check()
    assert (found.verdict, found.measured) == ("breached", 1)
    (sample,) = Incident.objects.get().facts["samples"]
    assert sample.lower() == "id 2, total -5"


def test_what_the_store_does_not_know_is_refused_at_save(team: Team, store: Store, save: Saver) -> None:
    store.execute(*ORDERS)
    with pytest.raises(InvalidInput, match=r"(?i)missing") as caught:
        save("sql", connect(team, store), store, sql="SELECT COUNT(missing) FROM {table}", at_most=4)
    assert caught.value.field == "sql"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM {table}",
        "DROP TABLE {table}",
        "INSERT INTO {table} VALUES (9, 9, 'x')",
        "SELECT COUNT(*) FROM {table}; DELETE FROM {table}",
        "WITH gone AS (DELETE FROM {table} RETURNING id) SELECT COUNT(*) FROM gone",
        "SELECT 1) AS a; DELETE FROM {table}; SELECT * FROM (SELECT 1",
    ],
)
def test_a_write_is_refused_at_save_and_again_when_it_runs(
    team: Team, store: Store, save: Saver, check: Checker, sql: str
) -> None:
    store.execute(*ORDERS)
    connection = connect(team, store)
    with pytest.raises(InvalidInput, match=r"only reads|SQL|semicolon") as caught:
        save("sql", connection, store, sql=sql, at_most=4)
    assert caught.value.field == "sql"
    rule = save("sql", connection, store, sql="SELECT COUNT(*) FROM {table}", at_most=4)
    Rule.objects.filter(pk=rule.pk).update(settings={"sql": sql, "at_most": 4.0})
    assert check().verdict == "unknown"
    with engine(store) as session:
        assert session.query("SELECT COUNT(*) FROM orders") == [(3,)]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT MAX(name) FROM {table}", "a text, where one number"),
        ("SELECT total FROM {table} WHERE id = 3", "gave NULL"),
        ("SELECT total FROM {table} WHERE id = 99", "gave no row"),
        ("SELECT total FROM {table}", "more than one row"),
        ("SELECT a.id FROM {table} a, {table} b, {table} c, {table} d", "more than one row"),
    ],
)
def test_what_is_no_number_is_unknown_and_says_what_to_do(
    team: Team, store: Store, save: Saver, check: Checker, sql: str, reason: str
) -> None:
    store.execute(*ORDERS)
    save("sql", connect(team, store), store, sql=sql, at_most=4)
    found = check()
    assert (found.verdict, reason in found.reason) == ("unknown", True), found.reason

"""Rules on values, each on a real store of every engine: planted faults, and exactly what must be found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.db.models import Sum
from sqlglot import exp

from apps.alerts.models import Incident
from apps.connections.models import Connection, Usage
from apps.connections.services import ENGINES, save_connection
from apps.rules.kinds.regular import portable
from apps.rules.services import CheckResult, RuleDraft, check_now, save_rule
from apps.teams.models import Team
from tests.connections import conftest as connections
from tests.connections.stores import Store, at_home
from tests.rules.conftest import Clock

# The fixtures of the engines' own suite.
bigquery_store, duckdb_store = connections.bigquery_store, connections.duckdb_store
lake_store, mysql_store = connections.lake_store, connections.mysql_store
postgres_store, redshift_store = connections.postgres_store, connections.redshift_store
snowflake_store, sqlite_store = connections.snowflake_store, connections.sqlite_store
store, viewing = connections.store, connections.viewing
WRITERS = {
    "lake": "duckdb",
    "redshift": "postgres",
}  # whose texts the test's store takes, where not those of its engine
COLUMNS = {
    "id": "integer", "status": "varchar(40)", "amount": "integer", "seen": "date", "email": "varchar(60)",
    "batch": "integer", "customer": "integer", "country": "varchar(9)", "flag": "boolean",
}  # fmt: skip
ROWS: list[tuple[Any, ...]] = [
    (1, "paid", 10, "2026-01-01", "ann@example.com", 1, 1, "DE", True),
    (2, "it's", 0, "2026-01-02", "o'neil@example.com", 1, 2, "DE", False),
    (3, "back\\slash", 100, "2026-06-30", "x\\y@example.com", 2, 3, "DE", True),
    (4, "Größe ☕", 50, "2026-12-31", "jürgen@exämple.de", 2, 1, "FR", None),
    (5, None, None, None, None, None, None, "FR", None),
    (6, "Paid", -1, "2025-12-31", "ann@example", 3, 9, "FR", True),
    (7, 'say "hi"', 101, "2027-01-01", "ann example@x.com", 3, 9, "FR", True),
    (7, 'say "hi"', 5, "2026-05-05", "", 3, 8, None, True),
    (7, "100% {0} ''", 5, "2026-05-05", "a@b.c\nd", 3, None, None, True),
    (None, "", 7, "2026-05-05", "Ann@Example.COM", None, 2, "DE", True),
    (None, "  ", 7, "2026-05-05", "a@@b.c", None, 2, "DE", True),
]
ACCEPTED = ["paid", "it's", "back\\slash", "Größe ☕", "100% {0} ''"]
# A rule each: kind, settings, and how many of the rows above break it.
RULES: list[tuple[str, dict[str, Any], int]] = [
    ("nulls", {"column": "status"}, 1),
    ("nulls", {"column": "status", "empty": True}, 3),
    ("nulls", {"column": "amount", "where": "country = 'FR'"}, 1),
    ("unique", {"columns": ["id"]}, 2),
    ("unique", {"columns": ["batch", "customer"]}, 1),
    ("unique", {"columns": ["country", "batch"], "where": "amount < 100"}, 1),
    ("values", {"column": "status", "accept": ACCEPTED}, 5),
    ("values", {"column": "status", "accept": ACCEPTED, "allow_null": False}, 6),
    ("values", {"column": "status", "reject": ['say "hi"', "PAID", "it's"]}, 3),
    ("values", {"column": "amount", "accept": [10, 0, 100, 50, 5, 7]}, 2),
    ("values", {"column": "flag", "accept": [True]}, 1),
    ("range", {"column": "amount", "lowest": 0, "highest": 100}, 2),
    ("range", {"column": "seen", "lowest": "2026-01-01", "highest": "2026-12-31"}, 2),
    ("references", {"column": "customer", "to_table": "customers", "to_column": "id"}, 3),
    ("references", {"column": "customer", "to_table": "customers", "to_column": "id", "where": "amount < 0"}, 1),
]
PATTERNS: list[tuple[str, dict[str, Any], int]] = [
    ("pattern", {"column": "email", "format": "email"}, 5),
    ("pattern", {"column": "status", "pattern": r"[a-z'\\]+"}, 7),
    ("pattern", {"column": "status", "pattern": r"^Größe .$"}, 9),
    ("pattern", {"column": "country", "format": "country", "where": "amount > 0"}, 0),
]
TEXTS = [
    "", "a", "A", "ab", "abc", "a-c", "a.c", "a\nc", "abc\n", "a]c", "a[c", "a^c", "a\\c", "a&c", "a$", "x{2}",
    "aab", "é", "É", "ä", "12", "1 2", "1\t2", "a_b", "a'c", 'a"c', "a|c", "(a)", "a~c", "٣", "DE", "Straße",
]  # fmt: skip
MEANT = [
    "a.c", "a[-.]c", r"a[\]\[]c", r"a[\\^&~]c", "a[^-a-z]c", r"[a\^]+.*", r"\w+", r"\d\s\d", r"\W*\w\W*", r"a\nc",
    "a|ab|abc", r"a\$", r"x\{2\}", "(a{2}|x)b", "[A-Z]{2}", "é|ä", ".", "(?:a|b)*", r"\(a\)", ".*[^a-c]", "a['\"|]c",
    r"\S+", "Stra(ss|ß)e",
]  # fmt: skip
ONE_STATEMENT = [rule for rule in RULES if rule[0] != "references" and rule[1].get("columns", "x")[1:] in ([], "")]


def literal(store: Store, value: Any) -> str:
    """A constant as the store's own SQL has it, written by others than us."""
    if not isinstance(value, str):
        return "NULL" if value is None else str(value).upper()
    return exp.Literal.string(value).sql(WRITERS.get(store.key, ENGINES[store.key].dialect))


def plant(store: Store, rows: Sequence[tuple[Any, ...]] = ROWS) -> None:
    """Tables `orders`, with these rows, and `customers` 1 to 3."""
    charset = " CHARACTER SET utf8mb4" if store.key == "mysql" else ""
    columns = ", ".join(f"{name} {kind}{charset if 'char' in kind else ''}" for name, kind in COLUMNS.items())
    written = ["(" + ", ".join(literal(store, value) for value in row) + ")" for row in rows]
    store.execute(f"CREATE TABLE orders ({columns})", "CREATE TABLE customers (id integer, name varchar(9))")
    store.execute("INSERT INTO customers VALUES (1, 'a'), (2, 'b'), (3, NULL), (NULL, 'd')")
    if written:
        store.execute(f"INSERT INTO orders VALUES {', '.join(written)}")


def spelled(store: Store, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with the names of columns and tables as the store keeps them."""
    found = dict(settings)
    for name in ("column", "to_column", "to_table", "by"):
        if name in found:
            found[name] = store.plain(found[name])
    for name in ("columns", "key"):
        if name in found:
            found[name] = [store.plain(column) for column in found[name]]
    return found


def connect(team: Team, store: Store, name: str = "shop") -> Connection:
    return save_connection(team=team, name=name, engine=store.key, settings=store.settings())


def add_rules(
    team: Team, store: Store, shop: Connection, rules: Sequence[tuple[Any, ...]], clock: Clock, *, table: str = "orders"
) -> list[int]:
    """Save a rule each. Returns what each must measure."""
    for number, (kind, settings, _) in enumerate(rules):
        draft = RuleDraft(
            name=f"{shop.name} {number:02}", connection=shop, kind=kind, table=str(at_home(store, table)),
            settings=spelled(store, settings),
        )  # fmt: skip
        checked = save_rule(team=team, draft=draft, now=clock())
        assert not checked.warnings
    return [count for *_, count in rules]


def checked_rules(team: Team, store: Store, rules: Sequence[tuple[Any, ...]], clock: Clock) -> list[CheckResult]:
    add_rules(team, store, connect(team, store), rules, clock)
    return checked(clock)


def able(store: Store) -> list[tuple[str, dict[str, Any], int]]:
    return RULES + (PATTERNS if ENGINES[store.key].sql.matches else [])


def checked(clock: Clock) -> list[CheckResult]:
    return sorted(check_now(rules=None, clock=clock), key=lambda result: result.rule)


def measured(results: Sequence[CheckResult]) -> list[Any]:
    """What was measured, or why nothing was."""
    judgements = [result.outcome.judgement for result in results]
    return [each.reason if each.verdict == "unknown" else each.measured for each in judgements]


def test_exactly_the_planted_faults_are_found(store: Store, team: Team, clock: Clock) -> None:
    plant(store)
    expected = add_rules(team, store, connect(team, store), able(store), clock)
    results = checked(clock)
    assert measured(results) == expected
    assert [result.verdict for result in results] == ["breached" if count else "ok" for count in expected]


def test_the_same_is_found_through_a_view(viewing: Store, team: Team, clock: Clock) -> None:
    plant(viewing)
    viewing.execute("CREATE VIEW recent AS SELECT * FROM orders")
    expected = add_rules(team, viewing, connect(team, viewing), able(viewing), clock, table="recent")
    assert measured(checked(clock)) == expected


def test_an_empty_table_breaks_no_rule(store: Store, team: Team, clock: Clock) -> None:
    plant(store, rows=())
    add_rules(team, store, connect(team, store), able(store), clock)
    results = checked(clock)
    assert {result.verdict for result in results} == {"ok"}
    assert set(measured(results)) == {0.0}


def test_a_pattern_means_the_same_in_every_store(store: Store, team: Team, clock: Clock) -> None:
    if not ENGINES[store.key].sql.matches:
        pytest.skip("it has no regular expressions")
    plant(store, rows=[(number, text, *[None] * 7) for number, text in enumerate(TEXTS)])
    rules = [
        ("pattern", {"column": "status", "pattern": pattern},
         sum(re.fullmatch(portable(pattern), text) is None for text in TEXTS))
        for pattern in MEANT
    ]  # fmt: skip
    assert len({count for *_, count in rules}) > 5
    assert measured(checked_rules(team, store, rules, clock)) == [count for *_, count in rules]


def test_each_value_of_a_column_is_judged_apart(store: Store, team: Team, clock: Clock) -> None:
    plant(store)
    rules = [
        ("nulls", {"column": "amount", "by": "country"}, {"FR": 1}),
        ("unique", {"columns": ["id"], "by": "country"}, {"no value": 1}),
        ("unique", {"columns": ["batch", "customer"], "by": "country"}, {"FR": 1}),
        ("values", {"column": "status", "accept": ACCEPTED, "by": "country"}, {"DE": 2, "FR": 2, "no value": 1}),
        ("range", {"column": "amount", "lowest": 0, "by": "country"}, {"FR": 1}),
        ("references", {"column": "customer", "to_table": "customers", "to_column": "id", "by": "country"},
         {"FR": 2, "no value": 1}),
    ]  # fmt: skip
    add_rules(team, store, connect(team, store), rules, clock)
    found = [
        {reading.segment: reading.value for reading in result.outcome.judgement.readings if reading.value}
        for result in checked(clock)
    ]
    assert found == [expected for *_, expected in rules]


def test_what_is_wrong_is_shown(store: Store, team: Team, clock: Clock) -> None:
    plant(store)
    rules = [
        ("unique", {"columns": ["id"]}, ["id 7 (3 rows)"]),
        ("unique", {"columns": ["batch", "customer"]}, ["batch 3, customer 9 (2 rows)"]),
        ("values", {"column": "status", "accept": ACCEPTED, "where": "id > 5"},
         ['status say "hi" (2 rows)', "status Paid (1 row)"]),
        ("values", {"column": "status", "reject": ["back\\slash"], "key": ["id"]},
         ["status back\\slash (1 row)", "id 3"]),
        ("range", {"column": "amount", "lowest": 0, "key": ["id"]}, ["id 6, amount -1"]),
        ("nulls", {"column": "status", "key": ["id", "country"]}, ["id 5, country FR"]),
        ("references", {"column": "customer", "to_table": "customers", "to_column": "id"},
         ["customer 9 (2 rows)", "customer 8 (1 row)"]),
    ]  # fmt: skip
    add_rules(team, store, connect(team, store), rules, clock)
    check_now(rules=None, clock=clock)
    facts = [incident.facts for incident in Incident.objects.order_by("facts__rule")]
    lowered = [[sample.lower() for sample in each["samples"]] for each in facts]
    assert lowered == [[sample.lower() for sample in samples] for *_, samples in rules]


def test_rules_that_scan_a_table_share_one_statement(store: Store, team: Team, clock: Clock) -> None:
    plant(store, rows=ROWS[:4])
    alone, many = connect(team, store, "alone"), connect(team, store, "many")
    lenient = [(kind, settings | {"at_most": 11}, count) for kind, settings, count in ONE_STATEMENT]
    assert {kind for kind, *_ in lenient} == {"nulls", "unique", "values", "range"}
    add_rules(team, store, alone, lenient[:1], clock)
    add_rules(team, store, many, lenient, clock)
    before = {shop.name: statements(shop) for shop in (alone, many)}
    assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"ok"}
    assert statements(many) - before["many"] == statements(alone) - before["alone"]


def test_a_column_that_was_dropped_makes_the_rule_unknown(store: Store, team: Team, clock: Clock) -> None:
    plant(store, rows=ROWS[:2])
    rules = [(kind, settings, 0) for kind, settings, _ in RULES if "status" in str(settings)]
    add_rules(team, store, connect(team, store), rules, clock)
    store.execute("ALTER TABLE orders DROP COLUMN status")
    for result in checked(clock):
        assert result.verdict == "unknown"
        column = store.plain("status")
        assert result.outcome.judgement.reason == f"The column {column} is no longer in {result.table}."


def statements(shop: Connection) -> int:
    return int(Usage.objects.filter(connection=shop).aggregate(sent=Sum("statements"))["sent"] or 0)


def test_every_engine_is_tried() -> None:
    assert set(connections.STORES) == set(ENGINES)

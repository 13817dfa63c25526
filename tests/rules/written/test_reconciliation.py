"""Tables of two real stores compared by key, and what becomes of it when one of them cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.connections.engines.postgres import Postgres
from apps.connections.models import Connection, ConnectionState, Usage
from apps.connections.services import save_connection
from apps.rules.models import Rule, RuleState
from apps.rules.services import RuleDraft, check_drafts
from apps.teams.models import Team
from tests.connections.stores import DuckDBStore, MySQLStore, PostgresStore, Store
from tests.rules.conftest import Clock
from tests.rules.written.conftest import Checker, Saver, connect
from tests.servers.silent import SilentServer

HERE = (
    "CREATE TABLE orders (id integer, amount numeric(12, 2), email varchar(40))",
    "INSERT INTO orders VALUES (1, 10.00, 'a@b.c'), (2, 20.00, 'a@b.c'), (3, 30.00, 'a@b.c'), (NULL, 1, 'x@y.z')",
)
THERE = (
    "CREATE TABLE copied (id integer, amount numeric(12, 2), email varchar(40))",
    "INSERT INTO copied VALUES (2, 20.00, 'a@b.c'), (3, 29.99, 'z@b.c'), (4, 40.00, NULL), (4, 40.00, NULL)",
)
SETTINGS = {"other": "copy", "key": ["id"], "columns": ["amount", "email"]}


@pytest.fixture(params=["bigquery", "duckdb", "lake", "mysql", "redshift", "snowflake", "sqlite"])
def copy(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    found.execute(*THERE)
    return found


@pytest.fixture
def shop(team: Team, postgres_store: PostgresStore) -> Connection:
    postgres_store.execute(*HERE)
    return connect(team, postgres_store)


def there(store: Store) -> dict[str, object]:
    """The table and its columns, as the store spells names that nobody quoted."""
    columns = [store.plain("amount"), store.plain("email")]
    table = f"{store.home}.{store.plain('copied')}"
    return {"other_table": table, "other_key": [store.plain("id")], "other_columns": columns}


def test_what_differs_between_two_stores_is_told_sort_by_sort(
    team: Team, shop: Connection, postgres_store: PostgresStore, copy: Store, save: Saver, check: Checker
) -> None:
    connect(team, copy, "copy")
    save("reconciliation", shop, postgres_store, **SETTINGS, **there(copy))
    found = check()
    assert (found.verdict, found.measured, found.high) == ("breached", 4, 0)
    facts = Incident.objects.get().facts
    counts = {sort: facts[sort] for sort in ("missing_here", "missing_there", "different", "repeated", "keyless")}
    assert counts == {"missing_here": 0, "missing_there": 1, "different": 1, "repeated": 1, "keyless": 1}
    assert facts["samples"]["missing_there"] == ["id 1"]
    assert facts["samples"]["different"] == ["id 3: amount 30.00 here, 29.99 there, email ••• here, ••• there"]
    assert facts["samples"]["repeated"] == ["id 4"]


def test_it_is_over_when_both_sides_agree(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver,
    check: Checker, clock: Clock,
) -> None:  # fmt: skip
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    save("reconciliation", shop, postgres_store, **SETTINGS, other_table="main.copied")
    check()
    postgres_store.execute("DELETE FROM orders WHERE id IS NULL")
    duckdb_store.execute("DELETE FROM copied", "INSERT INTO copied SELECT i, i * 10, 'a@b.c' FROM range(1, 4) r(i)")
    clock.forward(hours=1)
    assert check().verdict == "ok"
    assert Incident.objects.get().status == "resolved"


def test_queries_and_conditions_may_stand_in_place_of_tables(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    save(
        "reconciliation", shop, postgres_store, other="copy", key=["n"], columns=["total"], other_table="copied",
        sql="SELECT id AS n, amount AS total FROM {table}", where="n = 2",
        other_sql="SELECT id AS n, amount AS total FROM {table}", other_where="n < 3",
    )  # fmt: skip
    assert (check().verdict, RuleState.objects.get().memory["compared"]["differences"]) == ("ok", 0)


def test_a_ledger_whose_entries_miss_a_cent_names_the_account(
    team: Team, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    duckdb_store.execute(
        "CREATE TABLE entries (account integer, amount decimal(18, 2))",
        "CREATE TABLE balances (account integer, balance decimal(18, 2))",
        "INSERT INTO entries SELECT i % 100, (i % 7) - 3.21 FROM range(5000) r(i)",
        "INSERT INTO balances SELECT account, SUM(amount) FROM entries GROUP BY account UNION ALL SELECT 999, 0",
        "UPDATE balances SET balance = balance + 0.01 WHERE account = 42",
    )
    save(
        "reconciliation", connect(team, duckdb_store), duckdb_store, "entries", other_table="balances", compare="sum",
        key=["account"], columns=["amount"], other_columns=["balance"],
    )  # fmt: skip
    assert check().measured == 1
    (told,) = Incident.objects.get().facts["samples"]["different"]
    assert told.startswith("account 42: amount ")


def test_what_is_asked_of_the_other_connection_counts_in_its_own_ledger(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    duckdb_store.execute(*THERE)
    copy = connect(team, duckdb_store, "copy")
    rules = [save("reconciliation", shop, postgres_store, **SETTINGS, other_table="copied")]
    Usage.objects.all().delete()
    check()
    assert {row.connection_id for row in Usage.objects.filter(rule_key=rules[0].pk)} == {shop.pk, copy.pk}
    assert Usage.objects.get(rule_key=rules[0].pk, connection=copy).statements == 1


def test_another_connection_that_cannot_be_asked_is_named_and_hides_no_other_rule(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver,
    check: Checker, clock: Clock,
) -> None:  # fmt: skip
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    rule = save("reconciliation", shop, postgres_store, **SETTINGS, other_table="copied")
    duckdb_store.path.unlink()
    found = check()
    assert (found.verdict, found.reason.startswith("copy: It could not be asked.")) == ("unknown", True)
    assert not Incident.objects.filter(key__startswith="connection/").exists()
    Connection.objects.filter(name="copy").update(name="copies")
    clock.forward(minutes=1)
    assert check().reason == "The team has no connection 'copy'. Did you mean copies?"
    assert RuleState.objects.get(rule=rule).next_check_at == clock() + timedelta(minutes=1)


def test_a_login_that_was_refused_there_is_not_tried_again_too_soon(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver,
    check: Checker, clock: Clock,
) -> None:  # fmt: skip
    duckdb_store.execute(*THERE)
    copy = connect(team, duckdb_store, "copy")
    save("reconciliation", shop, postgres_store, **SETTINGS, other_table="copied")
    later = clock() + timedelta(minutes=5)
    ConnectionState.objects.update_or_create(connection=copy, defaults={"error": "Refused.", "next_try_at": later})
    assert check().reason == "copy: It could not be asked. Refused."


def test_neither_side_is_verified_twice_where_it_is_silent(
    team: Team, shop: Connection, postgres_store: PostgresStore, clock: Clock
) -> None:
    gone = save_connection(team=team, name="gone", engine="duckdb", settings={"path": "/nowhere/x.duckdb"})
    here = RuleDraft(name="Mine", connection=shop, kind="reconciliation", table="public.orders",
                     settings={**SETTINGS, "other": "gone"})  # fmt: skip
    there = replace(here, connection=gone, settings={**SETTINGS, "other": "shop", "other_table": "orders"})
    one, two = check_drafts(team=team, drafts=[here, there])
    assert one == ("gone could not be asked, so what the rule reads there was not verified.",)
    assert not isinstance(two, InvalidInput)
    assert [warning.split(". ")[0] for warning in two] == ["gone could not be asked, so the tables were not verified"]


def test_another_connection_that_hangs_costs_its_own_rule_alone(
    team: Team, shop: Connection, postgres_store: PostgresStore, save: Saver, check: Checker, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with SilentServer() as silent:
        monkeypatch.setattr(Postgres, "patience", timedelta(milliseconds=500))
        login = {"host": "127.0.0.1", "port": silent.port, "user": "watch", "password": "x", "database": "shop"}
        save_connection(team=team, name="copy", engine="postgres", settings=login)
        save("reconciliation", shop, postgres_store, **SETTINGS, verify=False)
        found = check()
    assert (found.verdict, "copy" in found.reason) == ("unknown", True)
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"other": "copi"}, "other", "no connection 'copi'. Did you mean copy?"),
        ({"other_table": "copid"}, "other_table", "main.copid in copy. Did you mean main.copied?"),
        ({"columns": ["amount", "emial"]}, "columns", "Did you mean email?"),
        ({"other_columns": ["amount", "emial"]}, "other_columns", "Did you mean email?"),
        ({"other_sql": "DELETE FROM copied"}, "other_sql", "only reads"),
        ({"other_sql": "SELECT nothing FROM copied"}, "other_sql", "nothing"),
        ({"where": "id IN (SELECT 1)"}, "where", "leave out subqueries"),
        ({"other_where": "1 = 1; x"}, "other_where", "semicolon"),
        ({"sql": "SELECT 1 AS wrong"}, "sql", "id"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_and_says_where(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver,
    change: dict[str, object], field: str, said: str,
) -> None:  # fmt: skip
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    with pytest.raises(InvalidInput) as caught:
        save("reconciliation", shop, postgres_store, **{**SETTINGS, "other_table": "main.copied", **change})
    assert (caught.value.field, said in str(caught.value)) == (field, True), str(caught.value)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"other_table": "balance"}, "other_table", "Did you mean main.balances?"),
        ({"other_columns": ["balanc"]}, "other_columns", "Did you mean balance?"),
        ({"columns": ["note"]}, "columns", "sum(DATE)"),
        ({"other_sql": "SELECT account FROM {table}"}, "other_sql", "balance"),
    ],
)
def test_so_is_one_within_a_connection(
    team: Team, duckdb_store: DuckDBStore, save: Saver, change: dict[str, object], field: str, said: str
) -> None:
    duckdb_store.execute(
        "CREATE TABLE entries (account integer, amount integer, note date)",
        "CREATE TABLE balances (account integer, balance integer)",
    )
    settings = {"other_table": "balances", "compare": "sum", "key": ["account"], "columns": ["amount"],
                "other_columns": ["balance"]}  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        save("reconciliation", connect(team, duckdb_store), duckdb_store, "entries", **{**settings, **change})
    assert (caught.value.field, said in str(caught.value)) == (field, True), str(caught.value)


def test_the_connections_of_another_team_cannot_be_reached(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    duckdb_store.execute(*THERE)
    connect(Team.objects.create(name="strangers"), duckdb_store, "copy")
    with pytest.raises(InvalidInput) as caught:
        save("reconciliation", shop, postgres_store, **SETTINGS, other_table="main.copied")
    assert str(caught.value) == "The team has no connection 'copy'."
    rule = save("sql", shop, postgres_store, sql="SELECT 1", equals=1)
    Rule.objects.filter(pk=rule.pk).update(kind="reconciliation", settings={**SETTINGS, "other_table": "main.copied"})
    assert check().reason.startswith("The team has no connection 'copy'.")


def test_too_many_rows_are_refused_with_advice(
    team: Team, shop: Connection, postgres_store: PostgresStore, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    save("reconciliation", shop, postgres_store, **SETTINGS, other_table="copied", most_rows=3)
    found = check()
    assert found.verdict == "unknown"
    assert "more than 3 rows to compare" in found.reason


def test_drafts_may_name_a_connection_that_is_not_saved_yet(team: Team, shop: Connection, copy: Store) -> None:
    new = Connection(team=team, name="copy", engine=copy.key, settings=copy.settings())
    draft = RuleDraft(
        name="Mine", connection=shop, kind="reconciliation", table="public.orders", connections={"copy": new},
        settings={**SETTINGS, "other_table": f"{copy.home}.copiet"},
    )  # fmt: skip
    (found,) = check_drafts(team=team, drafts=[draft])
    assert "Did you mean" in str(found)


def test_mysql_is_compared_by_its_own_words(
    team: Team, mysql_store: MySQLStore, duckdb_store: DuckDBStore, save: Saver, check: Checker
) -> None:
    mysql_store.execute(*HERE)
    duckdb_store.execute(*THERE)
    connect(team, duckdb_store, "copy")
    save("reconciliation", connect(team, mysql_store), mysql_store, **SETTINGS, other_table="copied")
    assert check().measured == 4

"""Reading another connection in passing: it may be slow once in a pass, and a heavy statement is not repeated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.connections.engines.contract import MAX_ROWS, NO_BUDGET, Budget
from apps.connections.engines.duckdb import DuckDB, DuckDBSettings
from apps.connections.models import Connection
from apps.connections.services import FREE, TableName
from apps.rules.asks import Ask, Payer, Place
from apps.rules.costs.spending import Spending
from apps.rules.elsewhere import Guest, no_connection
from apps.rules.kinds.written import CountOfRows
from apps.rules.models import RuleState
from apps.teams.models import Team
from tests.connections.stores import DuckDBStore, PostgresStore
from tests.rules.conftest import NIGHT, Clock
from tests.rules.written.conftest import Checker, Saver, connect

ENDLESS = "SELECT a.range FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"


class Hasty(DuckDB):
    """Cuts statements much sooner."""

    def query(
        self, sql: str, *, timeout: timedelta = timedelta(), max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        return super().query(sql, timeout=timedelta(milliseconds=200), max_rows=max_rows, budget=budget)


def asked(rule: int, text: str) -> Ask:
    return Ask(Place(TableName("main", "t"), rule), (Payer(rule, "r"),), (CountOfRows(text),))


def test_after_one_statement_that_was_cut_nothing_more_is_asked(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path / "shop.duckdb")
    asks = [asked(1, "SELECT 1"), asked(2, ENDLESS), asked(3, "SELECT 2")]
    with Hasty(DuckDBSettings(path=str(store.path))) as engine:
        guest = Guest(engine, ZoneInfo("UTC"), NIGHT, lambda: None, Spending(FREE, NIGHT.date()))
        answers = guest.read(asks)
    assert list(answers.values) == [asks[0].place]
    assert "0.2 s" in answers.problems[asks[1].place].text
    assert "asked nothing more in this pass" in answers.problems[asks[2].place].text


def test_a_statement_of_its_own_that_fails_is_tried_once_more_soon_and_then_in_its_own_rhythm(
    team: Team, postgres_store: PostgresStore, save: Saver, check: Checker, clock: Clock
) -> None:
    postgres_store.execute("CREATE TABLE orders (n integer)", "INSERT INTO orders VALUES (0)")
    save("sql", connect(team, postgres_store), postgres_store, sql="SELECT SUM(1 / n) FROM {table}", equals=1)
    clock.forward(minutes=5)  # past the moment at which checks of this connection come due
    assert "division by zero" in check().reason
    assert RuleState.objects.get().next_check_at == clock() + timedelta(minutes=1)
    clock.forward(minutes=1)
    assert check().verdict == "unknown"
    state = RuleState.objects.get()
    assert state.next_check_at is not None
    assert state.next_check_at > clock() + timedelta(minutes=2)


@pytest.mark.django_db
def test_a_connection_that_is_not_there_is_answered_with_near_names_of_the_own_team_alone(team: Team) -> None:
    own = Connection.objects.create(team=team, name="shop", engine="duckdb")
    Connection.objects.create(team=team, name="ledger", engine="duckdb")
    Connection.objects.create(team=Team.objects.create(name="strangers"), name="ledgers", engine="duckdb")
    assert no_connection(own, "ledgers") == "The team has no connection 'ledgers'. Did you mean ledger?"
    assert no_connection(own, "x") == "The team has no connection 'x'. Name another one in the rule."

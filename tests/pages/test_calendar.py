"""The calendar of a table's days: who sees it, what it shows, and what it says in trouble."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from apps.common.clock import utc_now
from apps.connections.models import Table
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Observation, Rule, RuleState
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Role
from tests.pages.conftest import NASTY, World
from tests.servers.bigquery import BigQueryServer

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def write(store: Path, *statements: str) -> None:
    with duckdb.connect(str(store)) as session:
        for statement in statements:
            session.execute(statement)


@pytest.fixture
def orders(world: World, store: Path) -> Table:
    """Orders on each of the last 60 days but the tenth, in a table with two columns that hold times."""
    write(
        store,
        "DELETE FROM orders",
        "ALTER TABLE orders ADD COLUMN modified_at TIMESTAMP",
        f"INSERT INTO orders SELECT n, DATE '{utc_now():%Y-%m-%d}' - n * INTERVAL 1 DAY, NULL FROM range(1, 61) d(n) "
        "WHERE n <> 10",
    )
    refresh_catalogue(connection=world.connection, now=utc_now())
    return Table.objects.get(name="orders")


def calendar(client: Client, table: Table, column: str = "") -> str:
    answer = client.get(f"/tables/{table.pk}/calendar/", {"column": column} if column else {})
    assert answer.status_code == 200
    return answer.content.decode()


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("role", list(Role))
def test_every_member_sees_which_days_are_missing(sign_in: SignIn, world: World, orders: Table, role: Role) -> None:
    page = calendar(sign_in(role, world.team), orders)
    assert "1 missing" in page
    assert "Told by a count of rows by column updated_at." in texts(page)
    missing = utc_now() - timedelta(days=10)
    assert f"{missing:%A} {missing.day} {missing:%B %Y}: no rows, missing. There are rows of later days." in page


def test_each_day_is_in_the_picture_and_in_the_table(viewer: Client, orders: Table) -> None:
    page = calendar(viewer, orders)
    cells, lines = re.findall(r'class="mw-day mw-day-(\w+)"><title>', page), page.count('<th scope="row">')
    assert len(cells) == lines == 61
    assert (cells.count("missing"), cells.count("not_over")) == (1, 1)


def test_a_state_is_told_by_its_sign_as_well_as_by_its_colour(viewer: Client, orders: Table) -> None:
    page = calendar(viewer, orders)
    signs = dict(re.findall(r'class="mw-day mw-day-(\w+)">.*?>([^<>]+)</text>', page))
    assert len(set(signs.values())) == len(signs)


def test_for_a_stranger_there_is_no_calendar(stranger: Client, orders: Table) -> None:
    assert stranger.get(f"/tables/{orders.pk}/calendar/").status_code == 404


def test_nobody_signed_in_is_led_to_the_sign_in_page(client: Client, orders: Table) -> None:
    assert "/login/" in client.get(f"/tables/{orders.pk}/calendar/").headers["Location"]


def test_the_page_of_the_table_does_not_ask_the_store_before_the_calendar_is_opened(
    viewer: Client, orders: Table, store: Path
) -> None:
    store.unlink()
    page = viewer.get(f"/tables/{orders.pk}/").content.decode()
    assert f'hx-get="/tables/{orders.pk}/calendar/"' in page


def test_another_column_can_be_chosen(viewer: Client, orders: Table) -> None:
    assert re.findall(r"<option( selected)?>(\w+)<", calendar(viewer, orders)) == [
        (" selected", "updated_at"), ("", "modified_at"),
    ]  # fmt: skip
    assert "there are no days to show" in calendar(viewer, orders, "modified_at")


def test_trouble_is_told_in_words_and_another_column_can_still_be_chosen(
    viewer: Client, orders: Table, store: Path
) -> None:
    wrong = calendar(viewer, orders, "id")
    assert "holds no times" in wrong
    assert "<select" in wrong
    store.unlink()
    assert 'role="alert"' in calendar(viewer, orders)


def test_a_table_without_times_says_so(viewer: Client, world: World, store: Path) -> None:
    write(store, "CREATE TABLE plain (id INTEGER)")
    refresh_catalogue(connection=world.connection, now=utc_now())
    assert "has no column with times" in calendar(viewer, Table.objects.get(name="plain"))


def test_names_are_never_markup(viewer: Client, world: World, store: Path) -> None:
    write(store, f'CREATE TABLE "{NASTY}" (a TIMESTAMP, "{NASTY}" TIMESTAMP)')
    refresh_catalogue(connection=world.connection, now=utc_now())
    table = Table.objects.get(name=NASTY)
    for page in (calendar(viewer, table), calendar(viewer, table, NASTY), calendar(viewer, table, f"{NASTY}?")):
        assert NASTY not in page


class TestBilledStore:
    """Where the store bills what it is asked, a viewer spends nothing."""

    @pytest.fixture
    def billed(self, world: World, bigquery_server: BigQueryServer) -> Table:
        warehouse = bigquery_server.warehouse
        warehouse.add_dataset("shop")
        warehouse.execute("CREATE TABLE visits AS SELECT TIMESTAMP '2026-11-20 12:00:00+00' AS at", dataset="shop")
        settings = {"project": warehouse.project, "service_account_json": bigquery_server.account.key_file()}
        dwh = save_connection(team=world.team, name="dwh", engine="bigquery", settings=settings)
        refresh_catalogue(connection=dwh, now=utc_now())
        return Table.objects.get(name="visits")

    def test_a_viewer_is_told_that_it_costs_and_who_may_ask(
        self, viewer: Client, billed: Table, bigquery_server: BigQueryServer
    ) -> None:
        bigquery_server.requests.clear()
        assert "It takes the role operator or higher to ask" in calendar(viewer, billed)
        assert bigquery_server.requests == []

    def test_opening_it_costs_an_operator_nothing_and_a_button_says_what_asking_costs(
        self, operator: Client, billed: Table, bigquery_server: BigQueryServer
    ) -> None:
        before = bigquery_server.billed
        page = texts(calendar(operator, billed))
        assert "BigQuery bills each look at the days of shop.visits" in page
        assert "Ask BigQuery now: at most 21 MB (less than 0.01 US dollars)" in page
        assert bigquery_server.billed == before

    def test_the_button_asks(self, operator: Client, billed: Table, bigquery_server: BigQueryServer) -> None:
        before = bigquery_server.billed
        page = operator.post(f"/tables/{billed.pk}/calendar/", {"column": ""}).content.decode()
        assert "Told by a count of rows by column at." in texts(page)
        assert "Ask BigQuery now" not in page
        assert before < bigquery_server.billed <= before + 20 * 2**20

    def test_the_price_is_that_of_the_chosen_column(self, operator: Client, billed: Table) -> None:
        page = calendar(operator, billed, "at")
        assert "Ask BigQuery now: at most 10.5 MB (less than 0.01 US dollars)" in page
        assert 'name="column" value="at"' in page

    def test_without_a_price_there_is_no_button(
        self, operator: Client, billed: Table, bigquery_server: BigQueryServer
    ) -> None:
        bigquery_server.stop()
        page = calendar(operator, billed)
        assert 'role="alert"' in page
        assert "ask-days" not in page

    def test_only_who_may_operate_spends(
        self, viewer: Client, stranger: Client, billed: Table, bigquery_server: BigQueryServer
    ) -> None:
        bigquery_server.requests.clear()
        assert viewer.post(f"/tables/{billed.pk}/calendar/").status_code == 403
        assert stranger.post(f"/tables/{billed.pk}/calendar/").status_code == 404
        assert bigquery_server.requests == []

    def test_a_viewer_sees_what_a_rule_counted(
        self, viewer: Client, billed: Table, bigquery_server: BigQueryServer
    ) -> None:
        draft = RuleDraft(
            name="Visits a day", connection=billed.connection, kind="volume", table="shop.visits",
            settings={"column": "at"},
        )  # fmt: skip
        now = utc_now()
        state = RuleState.objects.get(rule=save_rule(team=billed.connection.team, draft=draft, now=now).rule)
        RuleState.objects.filter(pk=state.pk).update(last_check_at=now)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for back in (1, 2, 4):
            Observation.objects.create(
                state=state, measure="rows_arrived", at=midnight - timedelta(days=back), value=10.0
            )
        bigquery_server.requests.clear()
        page = calendar(viewer, billed)
        assert "1 missing" in page
        assert "Told by the counts of rule Visits a day, last checked" in page
        assert bigquery_server.requests == []


class TestRulePage:
    """A rule that counts days shows them from what it stored."""

    @pytest.fixture
    def rule(self, world: World) -> Rule:
        draft = RuleDraft(
            name="Orders a day", connection=world.connection, kind="volume", table="main.orders",
            settings={"column": "updated_at"},
        )  # fmt: skip
        return save_rule(team=world.team, draft=draft, now=utc_now()).rule

    def test_the_days_that_were_counted_are_shown_without_asking_the_store(
        self, viewer: Client, rule: Rule, store: Path
    ) -> None:
        store.unlink()
        now = utc_now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        state = RuleState.objects.get(rule=rule)
        RuleState.objects.filter(pk=state.pk).update(last_check_at=now)
        for back in range(1, 20):
            value = 0.0 if back == 5 else 10.0
            Observation.objects.create(
                state=state, measure="rows_arrived", at=midnight - timedelta(days=back), value=value
            )
        page = viewer.get(f"/rules/rule/{rule.pk}/").content.decode()
        assert "1 missing" in page
        assert page.count("mw-day-missing") == 2  # the day, and the legend

    def test_a_rule_that_was_not_checked_yet_has_an_empty_calendar(self, viewer: Client, rule: Rule) -> None:
        assert "The calendar begins with the first result." in viewer.get(f"/rules/rule/{rule.pk}/").content.decode()

    def test_a_rule_that_counts_no_days_has_no_calendar(self, viewer: Client, world: World) -> None:
        assert "mw-calendar" not in viewer.get(f"/rules/rule/{world.rule.pk}/").content.decode()

"""From an empty installation to watched tables, as a person goes it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Rule
from apps.teams.models import Team
from tests.pages.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, created_at TIMESTAMP)")
        session.execute("INSERT INTO orders SELECT range, now() FROM range(20000)")
        session.execute("CREATE TABLE orders_bak AS FROM orders")
    return path


@pytest.fixture
def shop(team: Team, path: Path) -> Connection:
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    refresh_catalogue(connection=connection, now=NOW)
    return connection


def test_from_the_first_page_to_watched_tables(path: Path, signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Add a connection").click()
    signed_in.get_by_role("link", name="DuckDB").first.click()
    signed_in.get_by_label("Name").fill("shop")
    signed_in.locator("#id_settings-path").fill(str(path))
    signed_in.get_by_role("button", name="Test connection").click()
    expect(signed_in.get_by_text("Save it, then choose which tables to watch.")).to_be_visible(timeout=15_000)
    signed_in.get_by_role("button", name="Save").click()
    signed_in.get_by_role("link", name="Which tables to watch").click()
    signed_in.get_by_role("button", name="Look now").click()
    expect(signed_in.get_by_label("main.orders", exact=True)).to_be_checked(timeout=15_000)
    expect(signed_in.get_by_label("main.orders_bak")).not_to_be_checked()
    signed_in.get_by_role("button", name="Watch these tables").first.click()
    expect(signed_in.get_by_text("3 rules on 1 table are live.")).to_be_visible(timeout=15_000)
    assert set(Rule.objects.values_list("table", flat=True)) == {"main.orders"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_suggestions_fit_a_phone_with_the_button_in_reach(
    shop: Connection, signed_in: Page, live_server: LiveServer, scheme: str
) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 390, "height": 800})
    signed_in.goto(f"{live_server.url}/connections/connection/{shop.pk}/suggestions/?rules=shown")
    expect(signed_in.get_by_text("Alerts if main.orders has not changed")).to_be_visible()
    expect(signed_in.locator(".mw-bar button")).to_be_in_viewport()
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_preset_makes_its_rules_on_the_tables_that_were_typed_last(
    shop: Connection, signed_in: Page, live_server: LiveServer
) -> None:
    signed_in.goto(f"{live_server.url}/connections/connection/{shop.pk}/suggestions/presets/?preset=shop")
    signed_in.locator("#table-0").fill("main.orders_bak")
    signed_in.locator("#table-1").fill("")
    signed_in.locator("#make-rules").click()
    expect(signed_in.locator("#preset-sum")).to_contain_text("1 of 5 rules")
    signed_in.locator("#make-rules").click()
    expect(signed_in.get_by_text("1 rule on 1 table is live")).to_be_visible()
    assert Rule.objects.get().table == "main.orders_bak"

"""The catalogue in a browser: a search that answers while one types, and a reading that is followed."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.models import Connection, Table
from apps.connections.services import refresh_catalogue, save_connection
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(team: Team, tmp_path: Path) -> Connection:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
        session.execute("CREATE TABLE a_table_with_quite_a_long_name_that_nobody_ever_shortened (email VARCHAR)")
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    refresh_catalogue(connection=connection, now=timezone.now())
    return connection


def test_the_list_follows_what_is_typed_and_so_does_the_address(
    shop: Connection, signed_in: Page, live_server: LiveServer
) -> None:
    signed_in.goto(f"{live_server.url}/tables/")
    signed_in.evaluate("window.notReloaded = true")
    signed_in.get_by_label("Search", exact=True).fill("updated")
    expect(signed_in.get_by_text("1 found.")).to_be_visible(timeout=15_000)
    expect(signed_in.get_by_text("updated_at (TIMESTAMP)")).to_be_visible()
    expect(signed_in).to_have_url(re.compile(r"/tables/\?q=updated"))
    signed_in.get_by_label("Kind").select_option("Views")
    expect(signed_in.get_by_text("Nothing fits this choice.")).to_be_visible(timeout=15_000)
    assert signed_in.evaluate("window.notReloaded")


def test_from_a_table_to_a_rule_on_it(shop: Connection, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/tables/")
    signed_in.get_by_role("link", name="main.orders").click()
    signed_in.get_by_role("link", name="Add a rule").click()
    signed_in.get_by_role("link", name="Freshness").click()
    expect(signed_in.locator("#id_table")).to_have_value("main.orders")


def test_a_reading_is_followed_without_a_reload(shop: Connection, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/connections/connection/{shop.pk}/change/")
    signed_in.get_by_role("button", name="Look now").click()
    expect(signed_in.get_by_text("are going to be read in a moment")).to_be_visible(timeout=15_000)
    with duckdb.connect(shop.settings["path"]) as session:
        session.execute("ALTER TABLE orders ADD COLUMN note VARCHAR")
    refresh_catalogue(connection=shop, now=timezone.now())
    expect(signed_in.get_by_text("Column note (VARCHAR) was added.")).to_be_visible(timeout=15_000)
    expect(signed_in.get_by_role("button", name="Look now")).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_catalogue_fit_a_phone(
    shop: Connection, signed_in: Page, live_server: LiveServer, scheme: str
) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 390, "height": 800})
    tables = [f"/tables/{table.pk}/" for table in Table.objects.all()]
    for address in ("/tables/", "/tables/?q=email", f"/connections/connection/{shop.pk}/change/", *tables):
        signed_in.goto(f"{live_server.url}{address}")
        assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth"), address

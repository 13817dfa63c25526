"""The list under the patterns follows what is typed, and what will not work is left out with one click."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.services import refresh_catalogue, save_connection
from apps.teams.models import Team
from tests.pages.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def parts(team: Team, tmp_path: Path) -> None:
    """A connection with twelve tables and a view."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        for number in range(12):
            session.execute(f"CREATE TABLE part_{number} (id INTEGER)")
        session.execute("CREATE VIEW part_view AS FROM part_0")
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    refresh_catalogue(connection=connection, now=NOW)


@pytest.mark.parametrize("width", [390, 1280])
def test_what_will_not_work_is_left_out_with_one_click(
    parts: None, signed_in: Page, live_server: LiveServer, width: int
) -> None:
    signed_in.set_viewport_size({"width": width, "height": 800})
    signed_in.goto(f"{live_server.url}/rules/rule/add/?kind=schema")
    signed_in.get_by_text("Many tables by pattern").click()
    signed_in.get_by_label("Tables to take in").fill("main.part_1*")
    expect(signed_in.locator("#match-count")).to_contain_text("3 of 13 tables match", timeout=15_000)
    signed_in.goto(f"{live_server.url}/rules/rule/add/?kind=freshness")
    signed_in.get_by_text("Many tables by pattern").click()
    signed_in.locator("#id_settings-every").fill("1h")
    signed_in.get_by_label("Tables to take in").fill("main.part_*")
    signed_in.get_by_role("button", name="Leave these out").click(timeout=15_000)
    expect(signed_in.get_by_label("Tables to leave out")).to_have_value("main.part_view")
    expect(signed_in.locator("#match-count")).to_contain_text(
        "12 of 13 tables match, 1 more is left out", timeout=15_000
    )
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width

"""From an empty team to a test alert that has arrived, by the links of the first steps alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.services import beat, deliver_due

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 15_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, created_at TIMESTAMP)")
        session.execute("INSERT INTO orders SELECT range, now() FROM range(20000)")
    return path


def test_the_first_steps_lead_from_nothing_to_live(path: Path, signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    expect(page.get_by_role("heading", name="Nothing is watched yet: 0 of 5 taken")).to_be_visible()
    page.get_by_role("link", name="Add a connection").click()
    page.get_by_role("link", name="DuckDB").first.click()
    page.get_by_label("Name").fill("shop")
    page.locator("#id_settings-path").fill(str(path))
    page.get_by_role("button", name="Save").click()

    page.goto(live_server.url)
    page.get_by_role("link", name="Look at the tables").click()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_label("main.orders", exact=True)).to_be_checked(timeout=WAIT)
    page.goto(live_server.url)
    page.get_by_role("link", name="Pick tables and make their rules").click()
    page.get_by_role("button", name="Watch these tables").first.click()
    expect(page.get_by_text("are live.")).to_be_visible(timeout=WAIT)

    page.goto(live_server.url)
    page.get_by_role("link", name="Add a channel").click()
    page.get_by_role("link", name="Email").first.click()
    page.get_by_label("Name").fill("ops")
    page.locator("#id_settings-to").fill("ops@example.com")
    page.get_by_role("button", name="Save").click()

    page.goto(live_server.url)
    page.get_by_role("link", name="Choose whom the team's last route tells").click()
    page.get_by_label("ops").check()
    page.get_by_role("button", name="Save").click()

    page.goto(live_server.url)
    for process in ("beat", "dispatcher"):
        beat(process, timezone.now())
    page.get_by_role("button", name="Send a test alert").click()
    expect(page.get_by_text("The message is on its way")).to_be_visible(timeout=WAIT)
    deliver_due(now_source=timezone.now)
    expect(page.get_by_text("Once it has arrived, you are live")).to_be_visible(timeout=WAIT)
    page.get_by_role("link", name="It has arrived").click()
    expect(page.get_by_role("heading", name="You are live")).to_be_visible()
    expect(page.get_by_text("from the start to the first message")).to_be_visible()
    expect(page.get_by_text("Nothing goes to ops yet")).to_be_hidden()
    expect(page.locator("#told")).to_contain_text("ops", timeout=WAIT)

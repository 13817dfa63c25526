"""The calendar of a table's days in a real browser: asked for only when it is opened, and readable on a phone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.models import Table
from apps.connections.services import refresh_catalogue, save_connection
from apps.teams.models import Team
from tests.servers.bigquery import BigQueryServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def orders(team: Team, tmp_path: Path) -> Table:
    """Orders on each of the last 120 days but the tenth, in a table with two columns that hold times."""
    path, today = tmp_path / "shop.duckdb", f"{timezone.now():%Y-%m-%d}"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, created_at TIMESTAMP, updated_at TIMESTAMP)")
        session.execute(
            f"INSERT INTO orders SELECT n, DATE '{today}' - n * INTERVAL 1 DAY, DATE '{today}'"
            " FROM range(1, 121) days(n) WHERE n <> 10"
        )
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    refresh_catalogue(connection=connection, now=timezone.now())
    return Table.objects.get(name="orders")


def test_the_calendar_is_asked_for_when_it_is_opened(orders: Table, signed_in: Page, live_server: LiveServer) -> None:
    asked: list[str] = []
    signed_in.on("request", lambda request: asked.append(request.url) if "/calendar/" in request.url else None)
    signed_in.goto(f"{live_server.url}/tables/{orders.pk}/")
    expect(signed_in.locator(".mw-days")).to_have_count(0)
    assert asked == []
    signed_in.get_by_text("Which days are there?").click()
    calendar = signed_in.locator(".mw-calendar")
    expect(calendar).to_contain_text("1 missing", timeout=15_000)
    expect(calendar.get_by_role("img", name="Calendar of days.")).to_be_visible()
    assert len(asked) == 1


def test_the_days_are_read_as_a_table_and_counted_by_another_column(
    orders: Table, signed_in: Page, live_server: LiveServer
) -> None:
    signed_in.goto(f"{live_server.url}/tables/{orders.pk}/")
    signed_in.get_by_text("Which days are there?").click()
    signed_in.get_by_text("The days as a table").click(timeout=15_000)
    missing = timezone.now() - timedelta(days=10)
    line = signed_in.locator(".mw-day-list tr", has=signed_in.locator(f'time[datetime="{missing:%Y-%m-%d}"]'))
    expect(line).to_contain_text("missing")
    signed_in.get_by_label("Count by").select_option("updated_at")
    expect(signed_in.locator(".mw-calendar")).to_contain_text("by column updated_at", timeout=15_000)
    expect(signed_in.locator(".mw-calendar")).to_contain_text("none is missing, short or late")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ninety_days_fit_a_phone(orders: Table, signed_in: Page, live_server: LiveServer, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.goto(f"{live_server.url}/tables/{orders.pk}/")
    signed_in.get_by_text("Which days are there?").click()
    picture = signed_in.get_by_role("img", name="Calendar of days.")
    expect(picture).to_be_visible(timeout=15_000)
    box = picture.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 390


def test_a_store_that_bills_is_asked_by_a_button_that_says_what_it_costs(
    team: Team, signed_in: Page, live_server: LiveServer, bigquery_server: BigQueryServer
) -> None:
    warehouse = bigquery_server.warehouse
    warehouse.add_dataset("shop")
    warehouse.execute("CREATE TABLE visits AS SELECT TIMESTAMP '2026-11-20 12:00:00+00' AS at", dataset="shop")
    settings = {"project": warehouse.project, "service_account_json": bigquery_server.account.key_file()}
    connection = save_connection(team=team, name="dwh", engine="bigquery", settings=settings)
    refresh_catalogue(connection=connection, now=timezone.now())
    billed = bigquery_server.billed
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.goto(f"{live_server.url}/tables/{Table.objects.get(name='visits').pk}/")
    signed_in.get_by_text("Which days are there?").click()
    button = signed_in.get_by_role("button", name="Ask BigQuery now: at most 21 MB (less than 0.01 US dollars)")
    expect(button).to_be_visible(timeout=15_000)
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 390
    assert bigquery_server.billed == billed
    button.click()
    expect(signed_in.locator(".mw-calendar")).to_contain_text("Told by a count of rows", timeout=15_000)

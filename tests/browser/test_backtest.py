"""Moving a limit in a real browser: the sentence and the chart follow while the person types."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.services import save_connection
from apps.rules.backtest.reading import KEEPER
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def form(team: Team, tmp_path: Path, signed_in: Page, live_server: LiveServer) -> Page:
    """The form of a volume rule on orders: ten a day, two on the day five days ago."""
    KEEPER.clear()
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute(
            "CREATE TABLE orders AS SELECT n, date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL 12 HOUR"
            " - day * INTERVAL 1 DAY AS created_at FROM range(1, 125) days(day), range(10) rows(n)"
            " WHERE n < 2 OR day <> 5"
        )
    save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    signed_in.goto(f"{live_server.url}/rules/rule/add/?kind=volume&table=main.orders")
    signed_in.get_by_label("Timestamp column").fill("created_at")
    expect(signed_in.locator("#backtest")).to_contain_text("Would have alerted once", timeout=15_000)
    return signed_in


def test_the_chart_follows_the_limit(form: Page) -> None:
    expect(form.locator("#backtest .mw-chart canvas")).to_be_visible()
    form.get_by_label("Drop", exact=True).fill("85%")
    expect(form.locator("#backtest")).to_contain_text("Would not have alerted", timeout=15_000)
    expect(form.locator("#backtest .mw-chart canvas")).to_have_count(1)
    form.get_by_label("Drop", exact=True).fill("8")
    expect(form.locator("#backtest")).to_contain_text("Would have alerted", timeout=15_000)


def test_the_list_of_values_stays_open(form: Page) -> None:
    form.get_by_text("The last 30 values").click()
    expect(form.locator("#backtest-values tbody tr")).to_have_count(30)
    form.get_by_label("Drop", exact=True).fill("85%")
    expect(form.locator("#backtest")).to_contain_text("Would not have alerted", timeout=15_000)
    expect(form.locator("#backtest-values tbody tr").first).to_be_visible()


def test_it_fits_a_phone(form: Page) -> None:
    form.set_viewport_size({"width": 390, "height": 844})
    box = form.locator("#backtest .mw-chart").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
    assert form.evaluate("document.documentElement.scrollWidth") == 390

"""The chart on the page of an incident: drawn, readable as a table, and in the colours of the theme that is chosen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.models import Check
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def incident(team: Team, tmp_path: Path) -> Incident:
    """Of a table that was last loaded yesterday; it was looked at twice."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
        session.execute("INSERT INTO orders VALUES (1, ?)", [(utc_now() - timedelta(days=1)).replace(tzinfo=None)])
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    draft = RuleDraft(
        name="Orders arrive", connection=connection, kind="freshness", table="main.orders",
        settings={"every": "1h", "column": "updated_at"},
    )  # fmt: skip
    rule = save_rule(team=team, draft=draft, now=utc_now()).rule
    check_now(rules=[rule], clock=utc_now)
    state = rule.states.get()
    Check.objects.create(state=state, at=utc_now() - timedelta(minutes=5), verdict="ok", measured=3_000, high=3_600)
    return Incident.objects.get()


# What the chart is drawn in: the pixels of its canvas, which change with the colours.
PIXELS = "document.querySelector('#chart canvas').toDataURL()"


def test_it_is_drawn_readable_as_a_table_and_follows_the_theme(
    signed_in: Page, live_server: LiveServer, incident: Incident
) -> None:
    signed_in.set_viewport_size({"width": 390, "height": 800})
    signed_in.goto(f"{live_server.url}/alerts/incident/{incident.pk}/")
    expect(signed_in.locator("#chart canvas")).to_be_visible()
    label = signed_in.locator("#chart").get_attribute("aria-label") or ""
    assert "Age of the newest change, 2 values from" in label
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 390
    light = signed_in.evaluate(PIXELS)
    signed_in.evaluate("document.documentElement.classList.add('dark')")
    signed_in.wait_for_function(f"light => {PIXELS} !== light", arg=light)
    signed_in.get_by_text("The chart as a table").click()
    expect(signed_in.locator("#chart-table tbody tr")).to_have_count(2)
    expect(signed_in.get_by_role("heading", name="Around that time")).to_be_visible()

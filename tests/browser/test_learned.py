"""The page of a rule in a real browser: the learned band, choosing what it does, and saying what a time was worth."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.models import Feedback, Rule
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rule(team: Team, tmp_path: Path) -> Rule:
    """A rule on a table with a hundred rows and a few on each of the last sixty days; it was checked once."""
    path, today = tmp_path / "shop.duckdb", f"{timezone.now():%Y-%m-%d}"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, created_at TIMESTAMP)")
        session.execute(
            f"INSERT INTO orders SELECT n, DATE '{today}' - (n // 100) * INTERVAL 1 DAY FROM range(0, 6000) rows(n)"
        )
    connection = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    draft = RuleDraft(
        name="Orders a day", connection=connection, kind="volume", table="main.orders",
        settings={"column": "created_at", "baseline": "60d"},
    )  # fmt: skip
    saved = save_rule(team=team, draft=draft, now=utc_now()).rule
    check_now(rules=[saved], clock=utc_now)
    return saved


def open_rule(page: Page, server: LiveServer, rule: Rule) -> None:
    page.goto(f"{server.url}/rules/rule/{rule.pk}/")


def test_the_learned_band_is_drawn_and_readable_as_a_table(
    rule: Rule, signed_in: Page, live_server: LiveServer
) -> None:
    open_rule(signed_in, live_server, rule)
    expect(signed_in.locator("#chart .u-legend")).to_contain_text("Usual from")
    signed_in.get_by_text("The chart as a table").click()
    expect(signed_in.locator("#chart-table tbody tr").first).to_contain_text("100")


def test_one_click_combines_and_one_leads_back(rule: Rule, signed_in: Page, live_server: LiveServer) -> None:
    open_rule(signed_in, live_server, rule)
    signed_in.get_by_role("button", name="Alert on it as well").click()
    expect(signed_in.locator("#rule-head")).to_contain_text("It also alerts when the rows are unusual")
    signed_in.get_by_role("button", name="Only draw it").click()
    expect(signed_in.locator("#rule-head")).not_to_contain_text("It also alerts")
    assert "learned" not in Rule.objects.get().settings


def test_what_is_said_is_drawn_and_taken_back_on_a_phone(rule: Rule, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.set_viewport_size({"width": 390, "height": 800})
    open_rule(signed_in, live_server, rule)
    signed_in.get_by_text("Say something").click()
    signed_in.get_by_label("Meaning").select_option("false_alarm")
    signed_in.get_by_label("Note").fill("A test")
    signed_in.get_by_role("button", name="Say it").click()
    expect(signed_in.locator("#rule-feedback")).to_contain_text("A false alarm")
    expect(signed_in.locator(".mw-legend")).to_contain_text("people said something")
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 390
    signed_in.get_by_role("button", name="Take back").click()
    expect(signed_in.locator("#rule-feedback")).to_contain_text("taken back by")
    assert Feedback.objects.get().note == "A test"

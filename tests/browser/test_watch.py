"""What only a browser can tell of the overview, the wall and the search: parts that arrive, keys, and silence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 15_000


@pytest.fixture
def rule(team: Team, tmp_path: Path) -> Rule:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
    shop = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    refresh_catalogue(connection=shop, now=timezone.now())
    draft = RuleDraft(
        name="Orders arrive", connection=shop, kind="freshness", table="main.orders",
        settings={"every": "1h", "column": "updated_at"},
    )  # fmt: skip
    return save_rule(team=team, draft=draft, now=timezone.now()).rule


def trouble(team: Team, count: int = 1) -> None:
    now = timezone.now()
    Incident.objects.bulk_create(
        Incident(
            team=team, key=f"k{number}", title=f"Table {number} is late", opened_at=now - timedelta(hours=1),
            last_seen_at=now, next_action_at=now, table="main.orders", connection_id=Connection.objects.get().pk,
        )
        for number in range(count)
    )  # fmt: skip


def test_the_parts_arrive_and_nothing_jumps(rule: Rule, team: Team, signed_in: Page) -> None:
    trouble(team)
    signed_in.reload()
    top = signed_in.locator("#watch-filter").bounding_box()
    expect(signed_in.get_by_text("In the last 24 hours: 1 incident")).to_be_visible(timeout=WAIT)
    expect(signed_in.get_by_role("heading", name="Broken now: 1 incident; nobody has it")).to_be_visible()
    expect(signed_in.locator("#w-days").get_by_role("row", name="main.orders shop")).to_be_visible(timeout=WAIT)
    assert top == signed_in.locator("#watch-filter").bounding_box()


def test_keys_lead_to_the_search_and_through_what_is_found(
    rule: Rule, signed_in: Page, live_server: LiveServer
) -> None:
    signed_in.keyboard.press("/")
    signed_in.keyboard.type("order")
    found = signed_in.get_by_role("listbox", name="Found")
    expect(found.get_by_role("option", name="Orders arrive")).to_be_visible(timeout=WAIT)
    signed_in.keyboard.press("Escape")
    expect(found).to_be_hidden()
    signed_in.get_by_role("heading", name="Every rule").click()
    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.press("ArrowDown")
    expect(signed_in.get_by_role("option", name="Orders arrive")).to_have_attribute("aria-selected", "true")
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url(f"{live_server.url}/rules/rule/{rule.pk}/")


def test_the_wall_fits_its_screen_and_says_when_no_answer_comes(
    rule: Rule, team: Team, signed_in: Page, live_server: LiveServer
) -> None:
    trouble(team, 30)
    wall = signed_in.context.new_page()  # what it says to the console of a cut line is its own affair
    wall.clock.install()
    for width, height in ((1920, 1080), (3840, 2160)):
        wall.set_viewport_size({"width": width, "height": height})
        wall.goto(f"{live_server.url}/wall/")
        shown = wall.locator(".incidents li:visible").count()
        assert shown > 4
        expect(wall.locator("#more")).to_have_text(f"and {30 - shown} more")
        assert wall.evaluate("document.documentElement.scrollHeight") <= height
    stale = wall.get_by_text("No answer since")
    expect(stale).to_be_hidden()
    wall.route("**/wall/board/", lambda route: route.abort())
    wall.clock.run_for(45_000)
    expect(stale).to_be_visible()
    wall.unroute("**/wall/board/")
    wall.clock.run_for(11_000)
    expect(stale).to_be_hidden(timeout=WAIT)
    wall.close()

"""Every page on a phone: nothing is cut at its edge, and what is wide scrolls inside its own box."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.common.clock import utc_now
from apps.connections.models import TableVersion, Usage
from apps.connections.services import ENGINES, save_connection
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member
from tests.pages.addresses import ADD_PAGES, LISTS, configuring, objects
from tests.pages.conftest import World, store, world

__all__ = ["store", "world"]  # pytest finds the fixtures by these names
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
# Fragments of pages: without style.
FRAGMENTS = ("/watch/", "/standing/", "/calendar/", "/catalogue/", "/channel/delivery/", "/rule/tables/", "/board/",
             "/evidence/", "/rule/of/", "/proposed/", "/told/", "/rule/columns/", "box=1")  # fmt: skip
# What stands beyond the right edge and cannot be scrolled to. Read aloud only, or hidden: not looked at.
CUT = """() => [...document.querySelectorAll('#content *, h1')].filter(each => {
  const box = each.getBoundingClientRect();
  if (!box.width || !box.height || box.right <= innerWidth + 1 || box.left < 0) return false;
  for (let above = each.parentElement; above; above = above.parentElement) {
    const style = getComputedStyle(above), edge = above.getBoundingClientRect();
    if (/auto|scroll/.test(style.overflowX) && edge.right <= innerWidth + 1) return false;
    if (style.visibility === 'hidden' || (edge.width <= 1 && style.overflow === 'hidden')) return false;
  }
  return true;
}).map(each => `${each.tagName} ${each.className.baseVal ?? each.className} ${each.textContent.trim().slice(0, 40)}`)"""


@pytest.fixture
def wide(world: World) -> World:
    """Long names, types and comments, a store that bills, and days on which it did."""
    column: dict[str, Any] = {"time": "", "nullable": True, "partition": True}
    long = "a_column_with_quite_a_long_name_that_somebody_chose_one_day"
    shape = "STRUCT<city STRING, street STRING, postal_code STRING, country STRUCT<code STRING, name STRING>>"
    columns = [{**column, "name": long, "type": shape, "comment": "What a person wrote of it. " * 6}]
    columns += [{**column, "name": f"c_{n}", "type": "timestamp with time zone", "comment": ""} for n in range(3)]
    TableVersion.objects.create(table=world.table, seen_at=utc_now() + timedelta(seconds=1), columns=columns)
    dwh = save_connection(team=world.team, name="dwh", engine="bigquery", settings={"project": "shop-prod-1234"})
    for back in range(3):
        Usage.objects.create(
            connection=dwh, day=utc_now().date() - timedelta(days=back), rule_key=1, statements=12_345,
            rule_name="A rule with quite a long name " * 3, bytes_billed=10**12,
        )  # fmt: skip
    return world


def addresses(wide: World) -> list[str]:
    billed = wide.team.connections.get(name="dwh").pk
    more = [f"/connections/connection/{billed}/change/", f"/costs/{billed}/"]
    forms = [f"/connections/connection/add/?engine={engine}" for engine in ENGINES]
    pages = [*LISTS, *ADD_PAGES, *objects(wide), *configuring(wide), *more, *forms]
    return [page for page in pages if not any(part in page for part in FRAGMENTS)]


def test_no_page_is_cut_on_a_phone(wide: World, signed_in: Page, live_server: LiveServer) -> None:
    add_member(
        team=Team.objects.get(pk=wide.team.pk), user=User.objects.get(email="manager@example.com"), role=Role.MANAGER
    )
    signed_in.set_viewport_size(PHONE)  # type: ignore[arg-type]
    cut: dict[str, Any] = {}
    for address in addresses(wide):
        signed_in.goto(f"{live_server.url}{address}")
        if found := signed_in.evaluate(CUT):
            cut[address] = found
        elif (width := signed_in.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
            cut[address] = width
    assert cut == {}

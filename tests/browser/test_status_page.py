"""The public status page in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.models import Connection
from apps.status.models import StatusPage
from apps.status.services import make_link
from apps.teams.models import Team
from tests.status.conftest import HOUR, incident, product, watch

pytestmark = pytest.mark.browser


def test_readers_see_a_light_page_that_renews_itself(page: Page, live_server: LiveServer, team: Team) -> None:
    row = StatusPage.objects.create(team=team, name="Data of the shop", slug="shop")
    connection = Connection.objects.create(team=team, name="shop", engine="duckdb", settings={})
    rule = watch(connection, "main.orders")
    product(row, "Orders", rule)
    path = make_link(page=row, now=timezone.now()).split("/", 3)[3]
    answers: list[Response] = []
    errors: list[str] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 (playwright marks the function)
    page.on("console", lambda message: errors.append(message.text))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server.url}/{path}", wait_until="networkidle")
    sentence = page.get_by_role("status")
    expect(sentence).to_have_text("All data is up to date.")
    assert sum(len(answer.body()) for answer in answers) < 60_000
    assert {answer.url.startswith(live_server.url) for answer in answers} == {True}
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert Axe().run(page).response["violations"] == []
    page.get_by_text("How the percentages are reckoned").click()
    incident(rule, timezone.now() - HOUR)
    cache.clear()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(sentence).to_contain_text("Orders is late since")
    expect(page.locator("#st-how")).to_have_attribute("open", "")
    assert page.context.cookies() == []
    assert errors == []

"""What only a browser can tell: the page that refreshes itself, the sentence that is written along, the chart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.alerts.services import Finding, Recovery, report
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Check, Rule, RuleState
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(team: Team, tmp_path: Path) -> Connection:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
    return save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})


@pytest.fixture
def rule(team: Team, shop: Connection) -> Rule:
    draft = RuleDraft(
        name="Orders arrive", connection=shop, kind="freshness", table="main.orders",
        settings={"every": "1h", "column": "updated_at"},
    )  # fmt: skip
    return save_rule(team=team, draft=draft, now=timezone.now()).rule


def test_the_overview_refreshes_without_a_reload(rule: Rule, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.reload()
    signed_in.evaluate("window.notReloaded = true")
    expect(signed_in.locator("#watch .mw-badge")).to_have_text("Not checked yet")
    RuleState.objects.update(verdict="breached", since=timezone.now(), last_check_at=timezone.now())
    expect(signed_in.locator("#watch .mw-badge")).to_have_text("Breached", timeout=15_000)
    assert signed_in.evaluate("window.notReloaded")


def test_the_search_narrows_the_list_and_survives_a_refresh(rule: Rule, signed_in: Page) -> None:
    signed_in.reload()
    signed_in.get_by_label("Search in the rules").fill("payments")
    expect(signed_in.get_by_text("No rule fits this choice.")).to_be_visible()
    with signed_in.expect_response(lambda answer: "/watch/?q=payments" in answer.url, timeout=15_000):
        pass
    expect(signed_in.get_by_text("No rule fits this choice.")).to_be_visible()


def test_a_rule_is_written_with_its_sentence(shop: Connection, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/rules/rule/add/")
    signed_in.get_by_role("link", name="Freshness").click()
    signed_in.get_by_label("Name").fill("Orders keep arriving")
    signed_in.locator("#id_table").fill("main.orders")
    signed_in.get_by_label("Every").fill("1h")
    signed_in.get_by_label("Timestamp column").fill("updated_at")
    expect(signed_in.locator("#sentence .mw-sentence")).to_contain_text("more than 70 min", timeout=15_000)
    signed_in.get_by_label("Tolerance").fill("15m")
    expect(signed_in.locator("#sentence .mw-sentence")).to_contain_text("more than 75 min", timeout=15_000)
    signed_in.get_by_role("button", name="Save and start").click()
    expect(signed_in.get_by_text("The rule is live. Its first check runs now.")).to_be_visible(timeout=15_000)


def test_what_a_rule_costs_is_told_when_it_is_asked(shop: Connection, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/rules/rule/add/?kind=volume")
    signed_in.locator("#id_table").fill("main.orders")
    signed_in.get_by_label("At least").fill("1")
    expect(signed_in.locator("#cost")).to_be_empty()
    signed_in.get_by_role("button", name="What will it cost?").click()
    expect(signed_in.locator("#cost")).to_contain_text("cost nothing per byte", timeout=15_000)
    signed_in.get_by_label("At least").fill("2")
    expect(signed_in.locator("#cost")).to_be_empty()


def test_a_connection_is_tested_before_it_is_saved(shop: Connection, signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/connections/connection/add/?engine=duckdb")
    signed_in.locator("#id_settings-path").fill(shop.settings["path"])
    signed_in.get_by_role("button", name="Test connection").click()
    expect(signed_in.get_by_text("Connected: 1 table, 0 views.")).to_be_visible(timeout=15_000)


def test_the_chart_is_drawn(rule: Rule, signed_in: Page, live_server: LiveServer) -> None:
    state = RuleState.objects.get(rule=rule)
    for minutes in range(5):
        Check.objects.create(
            state=state, at=timezone.now() - timedelta(minutes=minutes), verdict="ok", measured=60 * minutes, high=4_200
        )
    signed_in.goto(f"{live_server.url}/rules/rule/{rule.pk}/")
    expect(signed_in.locator("#chart canvas")).to_be_visible()
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_results_of_a_rule_come_without_a_reload(
    rule: Rule, signed_in: Page, live_server: LiveServer
) -> None:
    signed_in.goto(f"{live_server.url}/rules/rule/{rule.pk}/")
    expect(signed_in.get_by_text("The chart begins with the second result.")).to_be_visible()
    signed_in.get_by_role("link", name="Edit", exact=True).focus()
    for seconds in (1, 60):
        Check.objects.create(
            state=RuleState.objects.get(),
            at=timezone.now() - timedelta(seconds=seconds),
            verdict="ok",
            measured=seconds,
        )
    expect(signed_in.locator("#chart canvas")).to_be_visible(timeout=15_000)
    expect(signed_in.get_by_role("link", name="Edit", exact=True)).to_be_focused()


def test_an_incident_ends_on_its_page_without_a_reload(rule: Rule, signed_in: Page, live_server: LiveServer) -> None:
    facts = {"situation": "stale", "table": "main.orders", "age_seconds": 7_200.0, "rule": rule.name}
    finding = Finding("rule/1/main.orders", rule.team_id, "high", "Orders arrive", facts, ())
    report(findings=[finding], recoveries=[], now=timezone.now())
    incident = Incident.objects.get()
    signed_in.goto(f"{live_server.url}/alerts/incident/{incident.pk}/")
    signed_in.get_by_label("Add a note").fill("I am looking into it")
    report(findings=[], recoveries=[Recovery("rule/1/main.orders")], now=timezone.now())
    expect(signed_in.locator("#incident-head .mw-badge").first).to_have_text("Resolved", timeout=15_000)
    expect(signed_in.get_by_label("Add a note")).to_have_value("I am looking into it")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone(rule: Rule, signed_in: Page, live_server: LiveServer, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 390, "height": 800})
    for address in (
        "/",
        f"/rules/rule/{rule.pk}/",
        "/rules/rule/add/?kind=volume",
        "/connections/connection/",
        "/outbox/",
        "/costs/",
        f"/costs/{rule.connection_id}/",
    ):
        signed_in.goto(f"{live_server.url}{address}")
        assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth"), address

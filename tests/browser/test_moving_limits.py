"""Taking a limit on the chart and moving it, in a real browser: the field and the answer follow."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.connections.services import save_connection
from apps.rules.backtest.reading import KEEPER
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def form(team: Team, tmp_path: Path, signed_in: Page, live_server: LiveServer) -> Page:
    """The form of a volume rule on orders: a hundred a day, forty on the day five days ago."""
    KEEPER.clear()
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute(
            "CREATE TABLE orders AS SELECT n, date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL 12 HOUR"
            " - day * INTERVAL 1 DAY + n * INTERVAL 5 MINUTE AS created_at"
            " FROM range(1, 125) days(day), range(100) rows(n) WHERE n < 40 OR day <> 5"
        )
    save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    signed_in.goto(f"{live_server.url}/rules/rule/add/?kind=volume&table=main.orders")
    signed_in.get_by_label("Timestamp column").fill("created_at")
    expect(signed_in.locator("#backtest")).to_contain_text("Would have alerted once", timeout=15_000)
    return signed_in


def lower(form: Page) -> Locator:
    return form.get_by_role("slider", name="Lower limit, set by “Drop”")


def test_the_arrow_keys_move_a_limit_and_keep_the_focus(form: Page) -> None:
    expect(lower(form)).to_have_attribute("aria-valuetext", "Drop 20%: alerts below 80 rows")
    lower(form).focus()
    for _ in range(4):
        form.keyboard.press("PageDown")
    form.keyboard.press("ArrowDown")
    expect(form.locator("#id_settings-drop")).to_have_value("61%")
    expect(form.locator("#backtest")).to_contain_text("Would not have alerted", timeout=15_000)
    expect(lower(form)).to_be_focused()
    expect(lower(form)).to_have_attribute("aria-valuetext", "Drop 61%: alerts below 39 rows")
    form.keyboard.press("ArrowUp")
    form.keyboard.press("ArrowUp")
    expect(form.locator("#backtest")).to_contain_text("Would have alerted once", timeout=15_000)
    expect(form.locator("#id_settings-drop")).to_have_value("59%")


def middle(box: Locator) -> tuple[float, float]:
    found = box.bounding_box()
    assert found
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def test_a_limit_is_dragged_by_its_line(form: Page) -> None:
    form.locator("#chart").scroll_into_view_if_needed()
    x, y = middle(lower(form))
    form.mouse.move(x - 60, y)
    form.mouse.down()
    expect(form.locator(".mw-taken")).to_have_count(1)
    form.mouse.move(x - 60, y + 70, steps=5)
    moved = form.locator("#id_settings-drop").input_value()
    assert 60 < float(moved.removesuffix("%")) < 99
    expect(form.locator("#backtest")).to_contain_text("Would have alerted once")
    form.mouse.up()
    expect(form.locator("#backtest")).to_contain_text("Would not have alerted", timeout=15_000)
    expect(form.locator("#id_settings-drop")).to_have_value(moved)


def test_a_limit_is_dragged_by_its_handle_with_a_finger(form: Page) -> None:
    form.locator("#chart").scroll_into_view_if_needed()
    x, y = middle(lower(form))
    finger = {"pointerType": "touch", "bubbles": True, "button": 0, "isPrimary": True}
    lower(form).dispatch_event("pointerdown", finger | {"clientX": x, "clientY": y})
    lower(form).dispatch_event("pointermove", finger | {"clientX": x, "clientY": y + 70})
    lower(form).dispatch_event("pointerup", finger | {"clientX": x, "clientY": y + 70})
    expect(form.locator("#backtest")).to_contain_text("Would not have alerted", timeout=15_000)


def test_typing_moves_the_handle(form: Page) -> None:
    form.get_by_label("Drop", exact=True).fill("50%")
    expect(lower(form)).to_have_attribute("aria-valuetext", "Drop 50%: alerts below 50 rows", timeout=15_000)


def test_many_hours_are_shown_as_days_or_as_the_last_week(form: Page) -> None:
    form.get_by_label("Per", exact=True).select_option("1h")
    form.get_by_label("Baseline").fill("7d")
    week = form.get_by_role("button", name="The last 7 days")
    expect(week).to_have_attribute("aria-pressed", "false", timeout=15_000)
    week.click()
    expect(week).to_have_attribute("aria-pressed", "true")
    expect(form.locator("#chart .u-legend")).not_to_contain_text("Least")
    form.get_by_label("Drop", exact=True).fill("30%")
    expect(lower(form)).to_have_attribute("data-value", "30.0", timeout=15_000)
    expect(week).to_have_attribute("aria-pressed", "true")

"""The form of a rule tries what is in it on the past of its table."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.backtest.reading import KEEPER
from apps.rules.models import Feedback, Rule
from tests.pages.conftest import NASTY, World
from tests.pages.test_rule_form import entered
from tests.servers.bigquery import BigQueryServer

pytestmark = pytest.mark.django_db
ADDRESS = "/rules/rule/backtest/?kind=volume"


@pytest.fixture(autouse=True)
def past(store: Path) -> None:
    """Ten orders a day for four months up to yesterday; two on the day five days ago."""
    KEEPER.clear()
    with duckdb.connect(str(store)) as session:
        session.execute("DELETE FROM orders")
        session.execute(
            "INSERT INTO orders SELECT n, date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL 12 HOUR"
            " - day * INTERVAL 1 DAY FROM range(1, 125) days(day), range(10) rows(n) WHERE n < 2 OR day <> 5"
        )


def panel(client: Client, world: World, address: str = ADDRESS, **changes: Any) -> str:
    kind = address.partition("kind=")[2].partition("&")[0]
    return unescape(client.post(address, entered(world, kind, **changes)).content.decode())


def chart(text: str) -> dict[str, Any]:
    found = re.search(r'<script id="chart-data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    chart: dict[str, Any] = json.loads(found[1])
    return chart


def test_the_panel_says_when_it_would_have_alerted_and_draws_it(manager: Client, world: World) -> None:
    text = panel(manager, world, name="")
    assert "Would have alerted once in the last 30 days: on " in text
    [view] = chart(text)["views"]
    assert [(mark["value"], mark["sort"]) for mark in view["marks"]] == [(2.0, "alert")]
    assert 'role="img"' in text


@pytest.mark.parametrize("zone", ["Europe/Berli", "../etc"])
def test_half_a_time_zone_is_told_in_words(manager: Client, world: World, zone: str) -> None:
    assert f"'{zone}' is no time zone" in panel(manager, world, timezone=zone)
    assert f"'{zone}' is no time zone" in panel(manager, world, "/rules/rule/preview/?kind=volume", timezone=zone)


def test_the_answer_moves_with_the_limit(manager: Client, world: World) -> None:
    lower, higher = (panel(manager, world, **{"settings-drop": drop}) for drop in ("79%", "81%"))
    assert "Would have alerted once" in lower
    assert "Would not have alerted" in higher
    assert max(value for value in chart(higher)["views"][0]["low"] if value) == 2


def test_the_last_thirty_values_are_listed(manager: Client, world: World) -> None:
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", panel(manager, world), re.DOTALL)
    assert len(rows) == 30
    assert [("2 rows" in row, ">alert<" in row) for row in rows].count((True, True)) == 1


def test_what_is_missing_is_said_instead(manager: Client, world: World) -> None:
    assert "is not a percentage" in panel(manager, world, **{"settings-drop": "much"})
    assert "Name a table" in panel(manager, world, table="")
    assert "Choose the connection" in panel(manager, world, connection="")


def test_without_a_past_it_says_why(manager: Client, world: World) -> None:
    text = panel(manager, world, **{"settings-column": "id"})
    assert "There is no history to try it on yet." in text
    assert "chart-data" not in text


def test_the_form_asks_for_it_by_itself(manager: Client, world: World) -> None:
    asks = 'hx-post="/rules/rule/backtest/?kind=freshness'
    assert f'{asks}"' in manager.get("/rules/rule/add/?kind=freshness").content.decode()
    page = manager.get(f"/rules/rule/{world.rule.pk}/change/").content.decode()
    assert f'{asks}&amp;rule={world.rule.pk}"' in page


def test_what_people_said_of_a_rule_counts_when_it_is_changed(manager: Client, stranger: Client, world: World) -> None:
    Rule.objects.update(kind="volume", settings={"column": "updated_at"})
    day = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=5)
    Feedback.objects.create(
        state=world.state, meaning="false_alarm", begins=day, ends=day + timedelta(days=1), at=day, by_name=NASTY
    )
    address = f"{ADDRESS}&rule={world.rule.pk}"
    text = panel(manager, world, address)
    assert "Would have alerted once" in text
    assert "It was called false by people." in text
    assert chart(text)["views"][0]["marks"][0]["sort"] == "false"
    assert [said["label"] for said in chart(text)["said"]] == ["A false alarm"]
    assert "alert, called false" in text
    assert "called false" not in panel(manager, world)
    assert stranger.post(address, entered(world, "volume")).status_code == 404
    assert manager.post(f"{ADDRESS}&rule=x", entered(world, "volume")).status_code == 404


def test_limits_have_handles_that_say_what_they_set(manager: Client, world: World) -> None:
    text = panel(manager, world, **{"settings-spike": "90%"})
    assert 'id="limit-low" role="slider" tabindex="0"' in text
    assert 'aria-label="Lower limit, set by “Drop”" data-side="low"' in text
    assert 'data-field="id_settings-drop" data-how="below" data-value="30.0"' in text
    assert 'aria-label="Upper limit, set by “Spike”"' in text


def test_what_is_wrong_is_said_by_the_labels_of_the_form(manager: Client, world: World) -> None:
    text = panel(manager, world, **{"settings-at_least": "9", "settings-at_most": "3"})
    assert "“At least” must not be more than “At most”" in text


def test_for_a_viewer_it_is_forbidden_and_for_a_stranger_nothing_is_there(
    viewer: Client, operator: Client, stranger: Client, world: World
) -> None:
    statuses = [client.post(ADDRESS, entered(world, "volume")).status_code for client in (viewer, operator, stranger)]
    assert statuses == [403, 403, 404]


@pytest.mark.parametrize("connection", ["999999", "none", "1 OR 1"])
def test_a_connection_that_is_not_there_is_not_found(manager: Client, world: World, connection: str) -> None:
    assert manager.post(ADDRESS, entered(world, "volume", connection=connection)).status_code == 404


def test_a_kind_that_is_not_known_is_not_found(manager: Client, world: World) -> None:
    assert manager.post("/rules/rule/backtest/?kind=magic", entered(world)).status_code == 404


def test_it_is_asked_for_with_post_alone(manager: Client) -> None:
    assert manager.get(ADDRESS).status_code == 405


def test_names_are_no_markup(manager: Client, world: World) -> None:
    assert NASTY not in manager.post(ADDRESS, entered(world, "volume", table=f"main.{NASTY}")).content.decode()


def test_where_reading_costs_money_a_button_reads(
    manager: Client, world: World, bigquery_server: BigQueryServer
) -> None:
    warehouse = bigquery_server.warehouse
    warehouse.add_dataset("shop")
    warehouse.execute("CREATE TABLE visits AS SELECT CURRENT_TIMESTAMP() AS at", dataset="shop")
    settings = {"project": warehouse.project, "service_account_json": bigquery_server.account.key_file()}
    dwh = save_connection(team=world.team, name="dwh", engine="bigquery", settings=settings)
    bigquery_server.requests.clear()
    form: dict[str, Any] = {"connection": dwh.pk, "table": "shop.visits", "settings-column": "at"}
    assert "Read the table’s own past" in panel(manager, world, **form)
    assert bigquery_server.requests == []
    assert "Read the table’s own past" not in panel(manager, world, f"{ADDRESS}&read=now", **form)
    assert bigquery_server.requests

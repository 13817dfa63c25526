"""Saying what a rule's findings were worth, and choosing what is learned, on the pages; for every role."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.test import Client

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.rules.models import Check, Feedback, Observation, Rule
from apps.teams.models import Role, User
from apps.teams.services import add_member
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ENTERED = {
    "of": "main.orders",
    "meaning": "expected",
    "begins": "2020-11-21T02:00",
    "ends": "2020-11-21T04:00",
    "note": NASTY,
}


def address(world: World) -> str:
    return f"/rules/rule/{world.rule.pk}/"


@pytest.fixture
def now(world: World) -> datetime:
    """The pages tell time by the clock, so what was checked is made recent."""
    now = utc_now()
    Check.objects.update(at=F("at") + (now - NOW))
    return now


def chart_of(client: Client, world: World) -> dict[str, object]:
    found = re.search(
        r'<script id="chart-data"[^>]*>(.*?)</script>', client.get(address(world)).content.decode(), re.DOTALL
    )
    assert found
    chart: dict[str, object] = json.loads(found[1])
    return chart


def test_an_operator_says_something_and_it_is_listed_drawn_and_in_the_history(operator: Client, world: World) -> None:
    answer = operator.post(f"{address(world)}feedback/", ENTERED, follow=True)
    said = Feedback.objects.get()
    assert (said.meaning, said.ends - said.begins, said.by_name) == ("expected", timedelta(hours=2), str(said.by))
    page = answer.content.decode()
    assert "Expected once" in page
    assert NASTY not in page
    assert chart_of(operator, world)["said"] == [
        {"begins": said.begins.timestamp(), "ends": said.ends.timestamp(), "label": "Expected once",
         "meaning": "expected"}
    ]  # fmt: skip
    history = operator.get(f"{address(world)}history/").content.decode()
    assert "Feedback on main.orders" in history
    assert NASTY not in history


def test_what_was_taken_back_stays_on_record_and_is_not_drawn(operator: Client, world: World) -> None:
    operator.post(f"{address(world)}feedback/", ENTERED)
    operator.post(f"{address(world)}feedback/{Feedback.objects.get().pk}/back/")
    assert Feedback.objects.get().taken_back_by
    assert chart_of(operator, world)["said"] == []
    assert "Took back" in operator.get(f"{address(world)}history/").content.decode()


def test_what_cannot_be_is_refused_in_words(operator: Client, world: World) -> None:
    page = operator.post(f"{address(world)}feedback/", {**ENTERED, "ends": ENTERED["begins"]}, follow=True)
    assert "The end must lie after the beginning." in page.content.decode()
    operator.post(f"{address(world)}feedback/", {**ENTERED, "begins": "yesterday"})
    assert not Feedback.objects.exists()


def test_feedback_of_another_rule_is_not_taken_back_here(manager: Client, world: World) -> None:
    manager.post(f"{address(world)}feedback/", ENTERED)
    other = Rule.objects.create(
        team=world.team, name="Another", connection=world.connection, kind="schema", table="main.orders"
    )
    answer = manager.post(f"/rules/rule/{other.pk}/feedback/{Feedback.objects.get().pk}/back/")
    assert answer.status_code == 404
    assert Feedback.objects.get().taken_back_at is None


def test_a_viewer_sees_what_was_said_and_no_form(operator: Client, viewer: Client, world: World) -> None:
    operator.post(f"{address(world)}feedback/", ENTERED)
    page = viewer.get(address(world)).content.decode()
    assert "Expected once" in page
    assert "give-feedback" not in page
    assert "learned-also" not in page


def test_one_click_combines_swaps_and_leads_back(manager: Client, world: World) -> None:
    changes = world.rule.history.count()
    for how in ("also", "instead"):
        manager.post(f"{address(world)}learned/", {"learned": how})
        assert Rule.objects.get().settings["learned"] == how
    page = manager.post(f"{address(world)}learned/", {"learned": "beside"}, follow=True).content.decode()
    assert "It does not alert." in page
    assert "learned" not in Rule.objects.get().settings
    assert Rule.objects.get().history.count() == changes + 3
    page = manager.post(f"{address(world)}learned/", {"learned": "nonsense"}, follow=True).content.decode()
    assert "Choose one of" in page


def test_saying_and_choosing_need_the_token_of_the_page(world: World) -> None:
    strict, user = Client(enforce_csrf_checks=True), User.objects.create_user("strict@example.com")
    add_member(team=world.team, user=user, role=Role.MANAGER)
    strict.force_login(user)
    for act in ("feedback/", "learned/"):
        assert strict.post(f"{address(world)}{act}", {**ENTERED, "learned": "also"}).status_code == 403


def test_the_page_says_how_far_the_learning_is(viewer: Client, world: World, now: datetime) -> None:
    for back in (2, 1):
        at = now - back * DAY
        Observation.objects.create(state=world.state, measure="changed", at=at, value=at.timestamp())
    assert "Learning, 1 of 4" in viewer.get(address(world)).content.decode()


def test_the_chart_has_the_learned_band_and_a_table_of_its_numbers(viewer: Client, world: World, now: datetime) -> None:
    for back in range(9, -1, -1):
        at = now - back * timedelta(minutes=64)
        Observation.objects.create(state=world.state, measure="changed", at=at, value=at.timestamp())
    chart = chart_of(viewer, world)
    assert chart["learned_low"] == [0.0, 0.0, 0.0]
    assert chart["unusual"] == [2]  # the third of the checks measured 70 minutes
    page = viewer.get(address(world)).content.decode()
    assert "unusual by its own history" in page
    assert "The chart as a table" in page


def test_an_incident_leads_to_the_form_with_its_time_filled_in(operator: Client, viewer: Client, world: World) -> None:
    Incident.objects.update(facts={**world.incident.facts, "table": "main.orders"})
    page = operator.get(f"/alerts/incident/{world.incident.pk}/").content.decode()
    link = re.search(r'id="say"[^>]*href="([^"]+)"', page)
    assert link
    form = operator.get(link[1].replace("&amp;", "&")).content.decode()
    assert 'value="2026-11-21T03:00"' in form
    assert 'value="2026-11-21T04:00"' in form
    assert 'id="say"' not in viewer.get(f"/alerts/incident/{world.incident.pk}/").content.decode()


def test_a_proposal_is_shown_with_its_numbers_and_taken_over_by_one_click(
    manager: Client, viewer: Client, world: World, now: datetime
) -> None:
    for back in range(40, 0, -1):
        at = now - back * DAY
        late = timedelta(minutes=100 if back in (5, 10, 15) else 0)
        Observation.objects.create(state=world.state, measure="changed", at=at + late, value=0.0)
    Rule.objects.update(settings={"every": "1d", "tolerance": "10m", "column": "updated_at"})
    assert 'id="rule-proposal"' not in manager.get(f"{address(world)}proposed/").content.decode()
    for back in (5, 10, 15):
        begins = now - back * DAY
        Feedback.objects.create(
            state=world.state, meaning="false_alarm", begins=begins, ends=begins + DAY, at=now, by_name="Ada"
        )
    page = manager.get(f"{address(world)}proposed/").content.decode()
    assert "3 alerts were called false" in page
    assert "With “Tolerance” set to 2 h in place of 10 min it would have not alerted" in page
    assert "take-over" not in viewer.get(f"{address(world)}proposed/").content.decode()
    refused = manager.post(f"{address(world)}proposal/", {"changes": "no JSON"}, follow=True).content.decode()
    assert "no longer what is proposed" in refused
    manager.post(f"{address(world)}proposal/", {"changes": '{"tolerance": "2h"}'})
    assert Rule.objects.get().settings["tolerance"] == "2h"


def test_a_rule_that_tells_rows_apart_shows_one_value_at_a_time(viewer: Client, world: World, now: datetime) -> None:
    Rule.objects.update(kind="volume", settings={"column": "updated_at", "by": "country"})
    for back in range(5, 0, -1):
        for country, rows in (("DE", 100.0), ("FR", 7.0)):
            Observation.objects.create(
                state=world.state, measure="rows_arrived", segment=country, at=now - back * DAY, value=rows
            )
    assert chart_of(viewer, world)["values"] == [100.0] * 5
    page = viewer.get(f"{address(world)}?value=FR").content.decode()
    assert "<option selected>FR</option>" in page
    assert "No rows of IT are known. Shown is DE." in viewer.get(f"{address(world)}?value=IT").content.decode()
    assert '"values": [7.0, 7.0, 7.0, 7.0, 7.0]' in page


@pytest.mark.parametrize(("query", "words"), [
    ("?of=main.nothing", "This rule does not watch main.nothing, or no longer. Shown is main.orders."),
    ("?table=999999", "This rule does not watch that table, or no longer. Shown is main.orders."),
    (f"?of=main.{NASTY}", "This rule does not watch main."),
])  # fmt: skip
def test_a_table_that_is_not_watched_is_said_not_to_be(viewer: Client, world: World, query: str, words: str) -> None:
    page = viewer.get(f"{address(world)}{query}").content.decode()
    assert words in page
    assert NASTY not in page
    assert 'id="missing"' not in viewer.get(f"{address(world)}?of=main.orders").content.decode()


@pytest.mark.parametrize(("begins", "ends", "shown"), [
    ("2020-11-21T03:00:05Z", "2020-11-21T03:00:09Z", "2020-11-21T03:01"),
    ("2020-11-21T00:00:00Z", "2020-11-22T00:00:00Z", "2020-11-22T00:00"),
    ("2020-11-21T00:00", "2020-11-22T00:00", "2020-11-22T00:00"),
])  # fmt: skip
def test_what_lasted_for_seconds_has_an_end_after_its_beginning(
    operator: Client, world: World, begins: str, ends: str, shown: str
) -> None:
    page = operator.get(address(world), {"begins": begins, "ends": ends}).content.decode()
    assert f'value="{shown}"' in page
    assert operator.get(address(world), {"begins": "soon", "ends": "0001-01-01T00:00Z"}).status_code == 200

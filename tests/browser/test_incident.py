"""The page of an incident while things happen: what changed is drawn anew, what a person is doing stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.alerts.services import close_as
from apps.common.clock import utc_now
from apps.teams.models import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 15_000  # the page asks every 10 seconds


@pytest.fixture
def incident(team: Team) -> Incident:
    now = utc_now()
    return Incident.objects.create(
        team=team, key="other/1", title="Orders are late", opened_at=now, last_seen_at=now, next_action_at=now
    )


def test_it_is_taken_and_closed_by_keyboard(signed_in: Page, live_server: LiveServer, incident: Incident) -> None:
    signed_in.goto(f"{live_server.url}/alerts/incident/{incident.pk}/")
    signed_in.locator("#acknowledge").focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_text("You have it now.")).to_be_visible()
    signed_in.locator("#close-false_alarm").focus()
    signed_in.keyboard.press("Space")
    expect(signed_in.get_by_text("Closed as: false alarm.")).to_be_visible()
    expect(signed_in.get_by_role("button", name="False alarm", pressed=True)).to_be_visible()


def test_its_end_changes_the_buttons_and_leaves_what_is_being_typed(
    signed_in: Page, live_server: LiveServer, incident: Incident
) -> None:
    signed_in.goto(f"{live_server.url}/alerts/incident/{incident.pk}/")
    signed_in.locator("#note").fill("I am looking at")
    close_as(incident=incident, outcome="real", user=None, by="The test", now=utc_now())
    expect(signed_in.locator("#incident-acts h2")).to_have_text("It was: real trouble", timeout=SOON)
    expect(signed_in.locator("#note")).to_have_value("I am looking at")
    expect(signed_in.locator("#note")).to_be_focused()

"""A generated text in a browser: read on the incident, judged in one press, and looked into by a manager."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.summaries.models import GeneratedText
from apps.teams.models import Team
from tests.servers.llm import ModelServer

pytestmark = pytest.mark.browser
# The colours of badges, and what stands around the cards, are the same on every page.
OWN_RULES = {"rules": {"color-contrast": {"enabled": False}}}


def make(team: Team) -> Incident:
    now = utc_now()
    Team.objects.update(generated_summaries=True)
    facts = {"situation": "drop", "table": "main.orders", "rows": 350, "expected_rows": 1000, "timezone": "UTC"}
    incident = Incident.objects.create(
        team=team, key="rule/1/main.orders", title="Orders are few", opened_at=now, last_seen_at=now, facts=facts,
        next_action_at=now + timedelta(hours=9),
    )  # fmt: skip
    GeneratedText.objects.create(
        purpose="incident", team_id=team.pk, subject_id=incident.pk, occasion="0-medium-open", language="en",
        model="double", digest="d", rules="Write.", request="Facts.", plain="Few rows.", answer="Only 350 rows came.",
        status="accepted", asked_at=now, due_at=now, tried_at=now, written_at=now,
    )  # fmt: skip
    return incident


def test_a_text_is_judged_and_looked_into(
    signed_in: Page, live_server: LiveServer, team: Team, model: ModelServer
) -> None:
    incident = make(team)
    signed_in.goto(f"{live_server.url}/alerts/incident/{incident.pk}/")
    expect(signed_in.locator("#incident-generated")).to_contain_text("Only 350 rows came.")
    signed_in.get_by_role("button", name="Useful", exact=True).click()
    expect(signed_in.get_by_role("button", name="Useful", exact=True)).to_have_attribute("aria-pressed", "true")
    signed_in.locator("#generated-how").click()
    expect(signed_in.locator("#prompt")).to_contain_text("main.orders holds 350 rows")
    for address in ("/generated/", f"/generated/incident/{incident.pk}/", "/changes/"):
        signed_in.goto(f"{live_server.url}{address}")
        assert Axe().run(signed_in, context=".mw-card", options=OWN_RULES).response["violations"] == []

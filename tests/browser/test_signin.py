"""A person at a real browser comes in by a real OpenID provider, and by password with a second step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.core.cache import cache
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.common.fields import Sealed
from apps.teams.models import Member, Role, SignInProvider, Team, User
from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "anna@example.com"


@pytest.fixture
def issuer(team: Team) -> Iterator[str]:
    """A provider whose group `data` are viewers of the team; addresses of example.com may come in."""
    cache.clear()
    with run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        provider = SignInProvider.objects.create(  # type: ignore[misc]  # a SealedField takes what is sealed
            key="okta",
            name="Okta",
            client_id="midwatch",
            secrets=Sealed.of({"client_secret": "between us"}),
            settings={"server_url": address, "groups_claim": "groups", "domains": ["example.com"]},
        )
        provider.mappings.create(group="data", team=team, role=Role.VIEWER)
        yield address


def come_in(page: Page, live_server: LiveServer, issuer: str, email: str, *groups: str) -> None:
    said: dict[str, Any] = {"email": email, "email_verified": True, "name": "Anna Berg", "groups": list(groups)}
    requests.put(f"{issuer}/users/{email}", json=said, timeout=10).raise_for_status()
    page.goto(f"{live_server.url}/rules/rule/")
    page.get_by_role("link", name="Continue with Okta").click()
    page.locator("input[name=sub]").fill(email)
    page.get_by_role("button", name=re.compile("Authorize", re.IGNORECASE)).first.click()


def test_a_person_joins_by_the_company_login_and_is_removed_by_it(
    page: Page, live_server: LiveServer, issuer: str, team: Team
) -> None:
    come_in(page, live_server, issuer, EMAIL, "data")
    page.wait_for_url(f"{live_server.url}/rules/rule/")
    expect(page.get_by_role("link", name="Incidents")).to_be_visible()
    assert Member.objects.get(user__email=EMAIL).team == team
    page.context.clear_cookies()
    come_in(page, live_server, issuer, EMAIL)
    page.goto(live_server.url)
    expect(page.get_by_text("You are not in a team yet")).to_be_visible()
    page.goto("about:blank")
    assert not Member.objects.exists()


def test_another_domain_is_told_why_it_stays_out(page: Page, live_server: LiveServer, issuer: str) -> None:
    come_in(page, live_server, issuer, "eve@elsewhere.example", "data")
    expect(page.get_by_text("Only addresses of example.com may sign in")).to_be_visible()
    assert not User.objects.exists()


def test_a_second_step_is_set_up_and_seen_on_its_page(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/account/second-step/")
    signed_in.get_by_role("link", name="Set up an app").click()
    signed_in.get_by_label("Password").fill(PASSWORD)
    signed_in.get_by_role("button", name="Go on").click()
    picture = signed_in.locator("img[src^='data:image/svg']")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")

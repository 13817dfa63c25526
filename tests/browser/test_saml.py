"""A person at a real browser comes in by a real SAML provider, joins, is refused by domain, and is removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.teams.models import Member, Role, SignInProvider, Team, User
from tests.servers.saml import IdentityProvider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def idp(team: Team) -> Iterator[IdentityProvider]:
    cache.clear()
    server = IdentityProvider()
    server.start()
    provider = SignInProvider.objects.create(
        key="adfs",
        kind="saml",
        name="Company",
        client_id="adfs",
        settings={"metadata_url": f"{server.origin}/metadata", "groups_claim": "groups", "domains": ["example.com"]},
    )
    provider.mappings.create(group="data", team=team, role=Role.VIEWER)
    yield server
    server.stop()


def come_in(page: Page, live_server: LiveServer, email: str, groups: str = "") -> None:
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/rules/rule/")
    page.get_by_role("link", name="Continue with Company").click()
    page.get_by_label("Who").fill(email)
    page.get_by_label("Groups").fill(groups)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Go on to Midwatch").click()


def test_a_person_joins_by_saml_is_refused_by_domain_and_is_removed_by_the_group(
    page: Page, live_server: LiveServer, idp: IdentityProvider, team: Team
) -> None:
    come_in(page, live_server, "anna@example.com", "data")
    page.wait_for_url(f"{live_server.url}/rules/rule/")
    assert Member.objects.get(user__email="anna@example.com").team == team
    come_in(page, live_server, "eve@elsewhere.example", "data")
    expect(page.get_by_text("Only addresses of example.com may sign in")).to_be_visible()
    come_in(page, live_server, "anna@example.com")
    page.goto(live_server.url)
    expect(page.get_by_text("You are not in a team yet")).to_be_visible()
    page.goto("about:blank")
    assert not Member.objects.exists()
    assert User.objects.count() == 1

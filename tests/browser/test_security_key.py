"""A person at a real browser adds a security key, signs in with it, and takes it away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def with_key(signed_in: Page) -> Iterator[Page]:
    """The browser has a key, which its person touches whenever it is asked for."""
    cache.clear()
    tools = signed_in.context.new_cdp_session(signed_in)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield signed_in
    tools.send("WebAuthn.disable")


def once_more(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_a_security_key_is_added_signs_in_and_is_removed(with_key: Page, live_server: LiveServer) -> None:
    page = with_key
    page.goto(f"{live_server.url}/account/second-step/")
    page.get_by_role("link", name="Add a key").click()
    once_more(page)
    page.get_by_label("Name of the key").fill("Blue key")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_text("The security key is added.")).to_be_visible()
    page.goto(f"{live_server.url}/account/logout/")
    page.locator("form.mw-form").get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").fill("manager@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/account/second-step/webauthn/")
    expect(page.get_by_role("cell", name="Blue key")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a security key instead").click()
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("button", name="Remove the key").click()
    expect(page.get_by_text("You have no key.")).to_be_visible()
    page.goto("about:blank")
    assert not Authenticator.objects.filter(type="webauthn").exists()

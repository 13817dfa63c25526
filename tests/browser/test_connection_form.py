"""The form of a connection: the script for a read-only login, before there is any login to connect with."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_script_follows_what_is_typed_and_can_be_copied(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in.goto(f"{live_server.url}/connections/connection/add/?engine=postgres")
    signed_in.get_by_label("Database").fill("shop")
    signed_in.get_by_role("button", name="Show a script for a read-only login").click()
    expect(signed_in.locator("#grant-script")).to_contain_text('DATABASE "shop"', timeout=15_000)
    signed_in.get_by_role("button", name="Copy").click()
    expect(signed_in.get_by_role("button", name="Copied")).to_be_visible()
    copied = signed_in.evaluate("navigator.clipboard.readText()")
    assert copied == signed_in.locator("#grant-script").inner_text()


def test_each_provider_opens_to_where_its_values_are(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/connections/connection/add/?engine=postgres")
    supabase = signed_in.get_by_text("the project, Connect at the top")
    expect(supabase).not_to_be_visible()
    signed_in.get_by_text("Supabase", exact=True).click()
    expect(supabase).to_be_visible()


@pytest.mark.parametrize("engine", ["postgres", "redshift", "bigquery"])
def test_the_form_with_its_script_fits_a_phone(signed_in: Page, live_server: LiveServer, engine: str) -> None:
    signed_in.set_viewport_size({"width": 390, "height": 800})
    signed_in.goto(f"{live_server.url}/connections/connection/add/?engine={engine}")
    signed_in.get_by_role("button", name="Show a script for a read-only login").click()
    expect(signed_in.locator("#grant-script")).to_be_visible(timeout=15_000)
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")

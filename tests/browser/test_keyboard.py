"""A night's work without a mouse: sign in, find a rule, change its limit, take its incident and say what it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Incident
from apps.rules.models import Rule
from apps.teams.models import Role, User
from apps.teams.services import add_member
from tests.browser.conftest import PASSWORD
from tests.pages.conftest import World, store, world

__all__ = ["store", "world"]  # pytest finds the fixtures by these names
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "night@example.com"
# What has the focus: its id or words, and whether it can be seen that it has it. The body has it when it was lost.
FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const around = at.closest('form:focus-within'), ring = around && getComputedStyle(around).boxShadow !== 'none';
  return {
    lost: at === document.body || !at.isConnected,
    seen: box.width > 0 && box.height > 0 && (style.outlineStyle !== 'none' || style.boxShadow !== 'none' || ring),
    within: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    words: at.id || at.textContent.trim().slice(0, 40),
  };
}"""


class Keyboard:
    """Somebody's hands on the keys, who looks where the focus is after each of them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> str:
        """Press the key; the id or the words of what has the focus then. It can be seen, or the test fails."""
        self.page.keyboard.press(key)
        focus = self.page.evaluate(FOCUS)
        assert not focus["lost"], f"lost after {key} on {self.page.url}"
        assert focus["seen"], focus
        assert focus["within"], focus
        return str(focus["words"])

    def walk_to(self, words: str) -> None:
        """Tab on until `words` is reached, if it is not yet."""
        passed = [str(self.page.evaluate(FOCUS)["words"])]
        while passed[-1] != words:
            assert len(passed) < 150, f"{words} is not reached by Tab, only {passed}"
            passed.append(self.press("Tab"))

    def go(self, key: str, to: str) -> None:
        """Press a key that leads to another page, and wait for it."""
        with self.page.expect_navigation(url=to):
            self.page.keyboard.press(key)


@pytest.fixture
def incident(world: World) -> Incident:
    Incident.objects.filter(pk=world.incident.pk).update(rule_id=world.rule.pk, connection_id=world.connection.pk)
    user = User.objects.create_user(EMAIL, PASSWORD)
    add_member(team=world.team, user=user, role=Role.MANAGER)
    return world.incident


def test_a_night_is_worked_by_keyboard_alone(
    world: World, incident: Incident, page: Page, live_server: LiveServer
) -> None:
    keys, home = Keyboard(page), live_server.url
    page.goto(f"{home}/")
    keys.walk_to("id_username")
    page.keyboard.type(EMAIL)
    keys.walk_to("id_password")
    page.keyboard.type(PASSWORD)
    keys.walk_to("Sign in")
    keys.go("Enter", f"{home}/")
    assert keys.press("Tab") == "To the content"
    assert keys.press("Enter")
    assert keys.press("/") == "mw-search"
    page.keyboard.type("orders arrive")
    expect(page.get_by_role("option", name="Orders arrive").first).to_be_visible()
    keys.press("ArrowDown")
    keys.go("Enter", f"{home}/rules/rule/{world.rule.pk}/")
    keys.walk_to("edit")
    keys.go("Enter", f"{home}/rules/rule/{world.rule.pk}/change/")
    keys.walk_to("id_settings-tolerance")
    page.keyboard.press("Control+A")
    page.keyboard.type("25m")
    expect(page.locator("#sentence .mw-sentence")).to_contain_text("85 min", timeout=15_000)
    assert keys.press("Shift") == "id_settings-tolerance"
    keys.walk_to("Save")
    keys.go("Enter", f"{home}/rules/rule/{world.rule.pk}/")
    assert Rule.objects.get().settings["tolerance"] == "25m"
    keys.walk_to(f"incident-{incident.pk}")
    keys.go("Enter", f"{home}/alerts/incident/{incident.pk}/")
    keys.walk_to("acknowledge")
    keys.go("Enter", f"{home}/alerts/incident/{incident.pk}/")
    expect(page.get_by_text("You have it now.")).to_be_visible()
    keys.walk_to("close-real")
    keys.go("Space", f"{home}/alerts/incident/{incident.pk}/")
    expect(page.locator("#incident-acts h2")).to_have_text("It was: real trouble")
    page.goto("about:blank")

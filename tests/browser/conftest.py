"""A real browser, when the machine has one: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Response
from pytest_django.live_server_helper import LiveServer

from apps.teams.models import Role, Team, User
from apps.teams.services import add_member

# Playwright's synchronous interface runs an event loop in the test's thread, which Django would take for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
CHROMIUM = shutil.which("chromium")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
PASSWORD = "a long password"
# htmx calls it an error when a person leaves the page in the middle of a refresh.
ABORTED = {"htmx:afterRequest", "htmx:sendAbort"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real browser; skipped where no chromium is installed")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("No chromium on this machine; install it to run the browser tests.")
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", *QUIET]}


@dataclass
class Complaints:
    """What a page did that it must not do: errors in the console, requests to other hosts, and such that failed."""

    home: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and message.text not in ABORTED:
            self.errors.append(message.text)

    def see(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "about:", "blob:")):
            self.foreign.append(request.url)

    def answered(self, response: Response) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def taken(self) -> list[str]:
        """All of it; it is forgotten then."""
        found = [*self.errors, *self.foreign, *self.failed]
        self.errors, self.foreign, self.failed = [], [], []
        return found


def listen(page: Page, home: str) -> Complaints:
    """Hear what the page does from now on."""
    complaints = Complaints(home)
    page.on("console", complaints.hear)
    page.on("pageerror", lambda error: complaints.errors.append(str(error)))
    page.on("request", complaints.see)
    page.on("response", complaints.answered)
    return complaints


@pytest.fixture
def team(transactional_db: None) -> Team:
    return Team.objects.create(name="Watchers")


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, team: Team) -> Iterator[Page]:
    """A manager's browser on the front page. At the end, no page may have complained."""
    complaints = listen(page, live_server.url)
    user = User.objects.create_user("manager@example.com", PASSWORD)
    add_member(team=team, user=user, role=Role.MANAGER)
    page.goto(live_server.url)
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    yield page
    page.goto("about:blank")  # nothing polls any more while the database is emptied
    assert complaints.errors == []
    assert complaints.foreign == []

"""Every page that a person can open, in light on a desk and in dark on a phone: nothing is wrong with any of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.alerts.answering.acts import Answer
from apps.alerts.answering.links import Ticket, address_of
from apps.alerts.models import Channel
from apps.common.clock import utc_now
from apps.connections.models import TableVersion, Usage
from apps.connections.services import ENGINES, save_connection
from apps.status.models import StatusPage
from apps.status.services import make_link
from apps.teams.models import Role, User
from apps.teams.services import add_member
from apps.teams.signin.invitations import invite
from tests.browser.conftest import PASSWORD
from tests.browser.inspecting import Inspector
from tests.pages import routes
from tests.pages.addresses import ADD_PAGES, LISTS, configuring, objects
from tests.pages.conftest import World, store, world
from tests.pages.everything import arguments, extras, make_everything
from tests.pages.routes import Way

__all__ = ["store", "world"]  # pytest finds the fixtures by these names
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
EMAIL = "all@example.com"


class Look(NamedTuple):
    """How a person looks at pages, and the rules of axe that come out differently there; none means all."""

    scheme: str
    width: int
    height: int
    rules: tuple[str, ...] = ()


LOOKS = {"desk": Look("light", 1280, 900), "phone": Look("dark", 390, 844, ("color-contrast",))}


@pytest.fixture
def values(world: World, settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """One of everything, with long names, types and comments, a store that bills, and days on which it did."""
    settings.EMAIL_OUTBOX = tmp_path
    column: dict[str, Any] = {"time": "", "nullable": True, "partition": True}
    long = "a_column_with_quite_a_long_name_that_somebody_chose_one_day"
    shape = "STRUCT<city STRING, street STRING, postal_code STRING, country STRUCT<code STRING, name STRING>>"
    columns = [{**column, "name": long, "type": shape, "comment": "What a person wrote of it. " * 6}]
    columns += [{**column, "name": f"c_{n}", "type": "timestamp with time zone", "comment": ""} for n in range(3)]
    TableVersion.objects.create(table=world.table, seen_at=utc_now() + timedelta(seconds=1), columns=columns)
    dwh = save_connection(team=world.team, name="dwh", engine="bigquery", settings={"project": "shop-prod-1234"})
    for back in range(3):
        Usage.objects.create(
            connection=dwh, day=utc_now().date() - timedelta(days=back), rule_key=1, statements=12_345,
            rule_name="A rule with quite a long name " * 3, bytes_billed=10**12,
        )  # fmt: skip
    return make_everything(world) | {"billed": dwh.pk}


@pytest.fixture
def person(world: World, values: dict[str, Any]) -> User:
    """Somebody who may open every page."""
    user = User.objects.create_user(EMAIL, PASSWORD, is_superuser=True)
    add_member(team=world.team, user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def context(browser: Browser, look: str) -> Iterator[BrowserContext]:
    """A browser without animations, of which axe would measure colours half-way."""
    scheme, width, height, _ = LOOKS[look]
    size = {"width": width, "height": height}
    context = browser.new_context(color_scheme=scheme, viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def album(pytestconfig: pytest.Config, look: str) -> Path | None:
    """Where `--screenshot=on` keeps a picture of each page."""
    if pytestconfig.getoption("--screenshot") != "on":
        return None
    folder = Path(pytestconfig.getoption("--output")) / "pages" / look
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def routed(ways: set[Way], values: dict[str, Any]) -> Iterator[str]:
    """The address of each route that these people may get."""
    for name, line in routes.lines().items():
        if line.way in ways and not line.post and name not in routes.NAMELESS:
            yield reverse(name, kwargs=arguments(name, values)) + extras(name, values)[0]


def with_choices(world: World, values: dict[str, Any]) -> list[str]:
    """Pages that are others with other words behind the question mark, and those of one engine."""
    billed = values["billed"]
    forms = [f"/connections/connection/add/?engine={engine}" for engine in ENGINES]
    of_billed = [f"/connections/connection/{billed}/change/", f"/costs/{billed}/"]
    return [*LISTS, *ADD_PAGES, *objects(world), *configuring(world), *forms, *of_billed]


def whole_pages(addresses: list[str], context: BrowserContext) -> Iterator[str]:
    """Those that answer with a page: no part of one, no file, and not the way to another."""
    client = Client(raise_request_exception=False)
    for cookie in context.cookies():
        client.cookies[cookie["name"]] = cookie["value"]
    for address in dict.fromkeys(addresses):
        answer: Any = client.get(address)
        if answer.status_code not in (301, 302, 405) and b"<html" in getattr(answer, "content", b"")[:2_000].lower():
            yield address


def sign_in(page: Page, home: str) -> None:
    page.goto(f"{home}/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{home}/")


def add_key(page: Page, home: str) -> None:
    """A security key, which is touched whenever it is asked for."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{home}/account/second-step/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of the key").fill("Blue key")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_text("The security key is added.")).to_be_visible()


def wrong_with(addresses: Iterator[str], inspector: Inspector) -> list[str]:
    return [f"{address}\n    {each}" for address in addresses for each in inspector.look_at(address)]


def test_nothing_is_wrong_with_any_page_of_a_member(
    world: World, values: dict[str, Any], person: User, context: BrowserContext, live_server: LiveServer, album: Path,
    look: str,
) -> None:  # fmt: skip
    inspector = Inspector(context, live_server.url, album, LOOKS[look].rules)
    sign_in(inspector.page, live_server.url)
    add_key(inspector.page, live_server.url)
    found = wrong_with(iter([reverse("mfa_activate_totp")]), inspector)  # not offered to who has one
    TOTP.activate(person, generate_totp_secret())
    every = [*routed(set(Way) - {Way.NOBODY, Way.OPEN}, values), *with_choices(world, values), "/nowhere/"]
    found += wrong_with(whole_pages(every, context), inspector)
    inspector.page.goto("about:blank")  # nothing polls any more while the database is emptied
    assert found == [], "\n".join(found)


def keys(world: World, person: User) -> Iterator[str]:
    """Addresses that open a page by the key in them."""
    _, key = invite(team=world.team, email="new@example.com", role=Role.VIEWER, by=person, now=utc_now())
    yield reverse("invitation", args=[key])
    yield make_link(page=StatusPage.objects.get(), now=utc_now())
    Channel.objects.update(settings={"to": [EMAIL]})
    yield address_of(Ticket(world.delivery.key, EMAIL, Answer.ACKNOWLEDGE))


def test_nothing_is_wrong_with_any_page_of_whoever_is_not_signed_in(
    world: World, values: dict[str, Any], person: User, context: BrowserContext, live_server: LiveServer, album: Path,
    look: str,
) -> None:  # fmt: skip
    inspector = Inspector(context, live_server.url, album, LOOKS[look].rules)
    by_key = [link.removeprefix(configured.MIDWATCH_BASE_URL) for link in keys(world, person)]
    found = wrong_with(whole_pages([*routed({Way.OPEN}, values), *by_key], context), inspector)
    inspector.page.goto("about:blank")
    assert found == [], "\n".join(found)

"""The search over everything: in groups, and only what a person may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.rules.models import Rule
from apps.rules.search.finding import FINDERS, SHOWN, find_all
from apps.teams.models import Role, Team, User
from apps.teams.permissions import Grant
from config.navigation import sidebar
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
ALL = Grant(everything=True, roles={})


def titles(asked: str, grant: Grant = ALL) -> dict[str, list[str]]:
    return {group.key: [hit.title for hit in group.hits] for group in find_all(grant, asked)}


def box(client: Client, asked: str) -> str:
    return client.get("/search/", {"q": asked, "box": "1"}).content.decode()


@pytest.mark.parametrize(
    ("asked", "group", "address"),
    [("arrive", "rules", "/rules/rule/{rule}/"), ("main.orders", "tables", "/tables/{table}/"),
     ("late orders", "incidents", "/alerts/incident/{incident}/"), ("#{incident}", "incidents", "/alerts/incident/"),
     ("shop", "connections", "/connections/connection/"), ("hook", "channels", "/alerts/channel/"),
     ("duty@example", "people", "/teams/member/"), ("cost", "pages", "/costs/"), ("wall tv", "pages", "/wall/"),
     ("alert(1)", "columns", "/tables/{table}/")],
)  # fmt: skip
def test_everything_is_found_by_its_name(
    administrator: Client, world: World, asked: str, group: str, address: str
) -> None:
    numbers = {"rule": world.rule.pk, "table": world.table.pk, "incident": world.incident.pk}
    body = box(administrator, asked.format(**numbers))
    assert f'id="found-{group}"' in body
    assert f'href="{address.format(**numbers)}' in body


def test_every_word_must_be_found_and_no_sign_is_a_pattern(world: World) -> None:
    assert "rules" in titles("orders arrive shop")
    assert titles("orders nowhere") == {}
    assert titles("%") == {}
    assert titles("\x00") == {}
    assert titles("'; --") == {}


def test_a_stranger_finds_nothing_of_the_team(stranger: Client, world: World) -> None:
    for asked in ("orders", "shop", "hook", "duty", "script", f"#{world.incident.pk}"):
        body = box(stranger, asked)
        assert [finder.key for finder in FINDERS if f"found-{finder.key}" in body] == [], asked


def test_people_are_found_by_administrators_alone(viewer: Client, manager: Client, administrator: Client) -> None:
    assert "found-people" in box(administrator, "duty")
    for client in (viewer, manager):
        assert "found-people" not in box(client, "duty")


def test_what_may_not_be_done_is_not_offered(viewer: Client, manager: Client) -> None:
    assert "/rules/rule/add/" in box(manager, "add rule")
    assert "/rules/rule/add/" not in box(viewer, "add rule")


def test_every_page_of_the_side_bar_is_found_by_its_title(sign_in: Callable[..., Client]) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root@example.com")
    client = Client()
    client.force_login(request.user)
    for group in sidebar(request):
        for item in group["items"]:
            assert f'href="{item["link"]}"' in box(client, item["title"]), item["title"]


def test_a_search_takes_one_statement_per_group_and_shows_a_few_of_each(administrator: Client, world: World) -> None:
    Rule.objects.bulk_create(
        Rule(team=world.team, name=f"Rule {n}", connection=world.connection, kind="freshness", table="main.orders")
        for n in range(SHOWN + 3)
    )
    with CaptureQueriesContext(connection) as queries:
        found = find_all(ALL, "rule")
    assert len(queries) == len(FINDERS)
    assert [(len(group.hits), group.more, group.all_at) for group in found] == [(SHOWN, True, "/rules/rule/?q=rule")]


def test_names_are_never_markup(administrator: Client, world: World) -> None:
    for asked in ("script", "<script>alert(1)</script>"):
        for address in ("/search/?q=", "/search/?box=1&q="):
            assert "<script>alert(1)" not in administrator.get(address + asked).content.decode()


def test_the_page_says_what_to_write(sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.VIEWER, Team.objects.create(name="New"))
    assert "Write a part of a name" in client.get("/search/").content.decode()
    assert "Nothing that you may see is called “zebra”." in client.get("/search/?q=zebra").content.decode()


@pytest.mark.parametrize("address", ["/", "/tables/", "/rules/rule/", "/alerts/incident/", "/teams/team/{}/change/"])
def test_the_box_is_in_the_head_of_lists_and_forms_too(
    sign_in: Callable[..., Client], world: World, address: str
) -> None:
    client = sign_in(Role.ADMINISTRATOR, world.team)
    assert client.get(address.format(world.team.pk)).content.decode().count('id="mw-search"') == 1

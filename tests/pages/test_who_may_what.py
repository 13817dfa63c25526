"""Pages with their questions, and acts, for those who may and those who may not. Every address: test_every_route.py."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from apps.alerts.models import Incident
from apps.rules.models import Rule, RuleState
from apps.teams.models import ApiToken, Member, Role, User
from tests.pages.addresses import ADD_PAGES, LISTS, configure_posts, configuring, files, objects, operate_posts
from tests.pages.conftest import NASTY, SECRET, World

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def statuses(client: Client, addresses: list[str], *, post: bool = False) -> dict[str, int]:
    call = client.post if post else client.get
    return {address: call(address).status_code for address in addresses}


def all_of(addresses: list[str], status: int) -> dict[str, int]:
    return dict.fromkeys(addresses, status)


def test_every_member_reads_every_page(viewer: Client, world: World) -> None:
    pages = [*LISTS, *objects(world)]
    assert statuses(viewer, pages) == all_of(pages, 200)


def test_files_are_for_members(viewer: Client, stranger: Client, world: World) -> None:
    assert statuses(viewer, files(world)) == all_of(files(world), 200)
    assert statuses(stranger, files(world)) == all_of(files(world), 404)


def test_a_manager_opens_every_form(manager: Client, world: World) -> None:
    pages = [*ADD_PAGES, *configuring(world)]
    assert statuses(manager, pages) == all_of(pages, 200)


def test_a_viewer_opens_no_form(viewer: Client, world: World) -> None:
    pages = [*ADD_PAGES, *configuring(world)]
    assert statuses(viewer, pages) == all_of(pages, 403)


def test_a_viewer_can_do_nothing(viewer: Client, world: World) -> None:
    posts = [*operate_posts(world), *configure_posts(world)]
    assert statuses(viewer, posts, post=True) == all_of(posts, 403)
    assert Incident.objects.get().status == "open"


def test_an_operator_can_not_configure(operator: Client, world: World) -> None:
    posts = configure_posts(world)
    assert statuses(operator, posts, post=True) == all_of(posts, 403)
    assert Rule.objects.filter(pk=world.rule.pk, paused=False).exists()


def test_an_operator_operates(operator: Client, world: World) -> None:
    assert set(statuses(operator, operate_posts(world), post=True).values()) <= {200, 302}
    incident = Incident.objects.get()
    assert (incident.status, incident.fixed_at is not None) == ("acknowledged", True)


def test_for_a_stranger_nothing_exists(stranger: Client, world: World) -> None:
    pages, posts = [*objects(world), *configuring(world)], [*operate_posts(world), *configure_posts(world)]
    assert statuses(stranger, pages) == all_of(pages, 404)
    assert statuses(stranger, posts, post=True) == all_of(posts, 404)


def test_a_dead_end_says_why_and_leads_back(stranger: Client, viewer: Client, world: World) -> None:
    refused = viewer.get("/rules/rule/add/").content.decode()
    hidden = stranger.get(f"/rules/rule/{world.rule.pk}/").content.decode()
    assert "Your role does not allow this" in refused
    assert "a team that you are not a member of" in hidden
    assert 'href="/"' in refused
    assert 'href="/"' in hidden


def test_a_strangers_lists_hold_nothing_of_the_team(stranger: Client, world: World) -> None:
    for address in (*LISTS, *ADD_PAGES):
        answer = stranger.get(address)
        assert answer.status_code == 200
        assert "Watchers" not in answer.content.decode(), address
        assert "Orders arrive" not in answer.content.decode(), address


def test_nobody_signed_in_is_led_to_the_sign_in_page(client: Client, world: World) -> None:
    for address in (*LISTS, *objects(world)):
        answer = client.get(address)
        assert "/login/" in answer.headers.get("Location", answer.headers.get("HX-Redirect", "")), address


def test_a_superuser_sees_every_team(sign_in: SignIn, world: World) -> None:
    pages = [
        *LISTS,
        *ADD_PAGES,
        *objects(world),
        "/teams/team/",
        "/teams/user/",
        "/teams/user/add/",
        "/teams/team/add/",
    ]
    assert statuses(sign_in(None, superuser=True), pages) == all_of(pages, 200)


def test_without_a_team_the_front_page_says_what_to_do(sign_in: SignIn) -> None:
    assert "You are not in a team yet" in sign_in(None).get("/").content.decode()


def test_names_are_never_markup_and_secrets_never_shown(administrator: Client, world: World) -> None:
    token_pages = ["/teams/team/", "/teams/member/", f"/teams/team/{world.team.pk}/change/"]
    for address in (*LISTS, *ADD_PAGES, *objects(world), *configuring(world), *token_pages):
        body = administrator.get(address).content.decode()
        assert NASTY not in body, address
        assert SECRET not in body, address


def test_bulk_acts_spare_what_the_role_does_not_allow(sign_in: SignIn, stranger: Client, world: World) -> None:
    chosen = {"action": "pause", "_selected_action": [world.rule.pk]}
    stranger.post("/rules/rule/", chosen)
    half = sign_in(Role.VIEWER, world.team)
    half.post("/rules/rule/", chosen)
    assert not Rule.objects.get().paused
    sign_in(Role.MANAGER, world.team).post("/rules/rule/", chosen)
    assert Rule.objects.get().paused
    assert RuleState.objects.get().next_check_at is None


def test_nothing_is_deleted_in_bulk(sign_in: SignIn, world: World) -> None:
    rows = {"/rules/rule/": world.rule, "/connections/connection/": world.connection, "/alerts/channel/": world.channel}
    for address, row in rows.items():
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        sign_in(Role.ADMINISTRATOR, world.team).post(address, chosen)
        sign_in(None, superuser=True).post(address, chosen)
    for row in rows.values():
        row.refresh_from_db()


def test_a_manager_sees_no_tokens_and_adds_no_members(manager: Client, world: World) -> None:
    assert manager.get("/teams/apitoken/").status_code == 403
    assert manager.get("/teams/member/add/").status_code == 403


def test_an_administrator_adds_a_member_by_mail_address(administrator: Client, world: World) -> None:
    newcomer = User.objects.create_user("new@example.com")
    administrator.post("/teams/member/add/", {"email": "NEW@example.com", "team": world.team.pk, "role": "viewer"})
    assert Member.objects.get(user=newcomer).role == Role.VIEWER


def test_an_administrator_can_not_add_members_to_another_team(stranger: Client, world: World) -> None:
    User.objects.create_user("new@example.com")
    answer = stranger.post("/teams/member/add/", {"email": "new@example.com", "team": world.team.pk, "role": "viewer"})
    assert answer.status_code == 200
    assert not Member.objects.filter(team=world.team, user__email="new@example.com").exists()


def test_a_role_is_changed_and_its_history_shows_both(administrator: Client, world: World) -> None:
    member = Member.objects.create(team=world.team, user=User.objects.create_user("m@example.com"), role=Role.VIEWER)
    administrator.post(f"/teams/member/{member.pk}/change/", {"role": "manager"})
    page = administrator.get(f"/teams/member/{member.pk}/history/").content.decode()
    assert ">viewer<" in page
    assert ">manager<" in page


def test_a_token_is_shown_once(administrator: Client, world: World) -> None:
    answer = administrator.post("/teams/apitoken/add/", {"team": world.team.pk, "name": "ci", "role": "manager"})
    key = re.search(r">(mw_[\w-]{43})<", answer.content.decode())
    assert key
    assert "no-store" in answer.headers["Cache-Control"]
    token = ApiToken.objects.get()
    for address in ("/teams/apitoken/", f"/teams/apitoken/{token.pk}/change/", f"/teams/apitoken/{token.pk}/history/"):
        assert key[1] not in administrator.get(address).content.decode()

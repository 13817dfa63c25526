"""A member's own API tokens, and the page that says what each role may do."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.changes.models import AuditEntry
from apps.teams.models import ApiToken, Member, Role
from apps.teams.rights import RIGHTS
from apps.teams.services import add_member, issue_token
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
DOCS = Path(settings.BASE_DIR) / "docs" / "security.md"


def make(client: Client, world: World, **changes: Any) -> str:
    """The page that answers the form."""
    data = {"team": world.team.pk, "name": "lake", "role": "viewer", "days": 90} | changes
    return client.post("/my-tokens/", data).content.decode()


def key_in(page: str) -> str:
    found = re.search(r">(mw_[\w-]{43})<", page)
    assert found
    return found[1]


def rules_by(key: str) -> int:
    return Client().get("/api/v1/rules", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_member_makes_a_token_that_is_shown_once_and_written_down(viewer: Client, world: World) -> None:
    key = key_in(make(viewer, world))
    assert rules_by(key) == 200
    page = viewer.get("/my-tokens/").content.decode()
    assert "lake" in page
    assert key not in page
    entry = AuditEntry.objects.get(model="teams.apitoken", act="added")
    assert entry.sentence.endswith("added the API token “lake”.")
    assert entry.team_id == world.team.pk


def test_it_never_has_more_than_the_members_role(viewer: Client, world: World) -> None:
    page = make(viewer, world, role="manager")
    assert "Your own role in" in page
    assert not ApiToken.objects.exists()


def test_a_lower_role_takes_the_tokens_down_with_it(operator: Client, world: World) -> None:
    key = key_in(make(operator, world, role="operator"))
    member = Member.objects.get(user__email__startswith="operator-")
    check = f"/api/v1/rules/{world.rule.pk}/check"
    add_member(team=world.team, user=member.user, role=Role.VIEWER)
    assert Client().post(check, headers={"Authorization": f"Bearer {key}"}).status_code == 403
    member.delete()
    assert rules_by(key) == 200  # a key of nobody reads nothing
    assert Client().get("/api/v1/rules", headers={"Authorization": f"Bearer {key}"}).json()["items"] == []


def test_nobody_takes_over_the_name_of_another_token(viewer: Client, world: World) -> None:
    team_key = issue_token(team=world.team, name="lake")
    assert "Another token of" in make(viewer, world)
    assert rules_by(team_key) == 200
    assert ApiToken.objects.get().user is None


def test_the_member_and_administrators_revoke_it_and_others_do_not_see_it(
    viewer: Client, operator: Client, administrator: Client, world: World
) -> None:
    key = key_in(make(viewer, world))
    token = ApiToken.objects.get()
    assert operator.post(f"/my-tokens/{token.pk}/revoke/").status_code == 404
    assert "lake" not in operator.get("/my-tokens/").content.decode()
    assert "lake" in administrator.get("/teams/apitoken/").content.decode()
    viewer.post(f"/my-tokens/{token.pk}/revoke/")
    assert rules_by(key) == 401
    other = key_in(make(viewer, world, name="weekly"))
    administrator.post(f"/teams/apitoken/{ApiToken.objects.get(name='weekly').pk}/revoke/")
    assert rules_by(other) == 401


def test_the_page_of_roles_has_every_line_and_ones_own_role(viewer: Client, world: World) -> None:
    page = viewer.get("/roles/").content.decode()
    assert "You are viewer in" in page
    rows = re.findall(r'<th scope="row"[^>]*>([^<]+)</th>(.*?)</tr>', page)
    shown = [(unescape(sentence), cells.count("✓")) for sentence, cells in rows]
    assert shown == [(right.sentence, sum(right.given_to())) for right in RIGHTS]


def test_lists_of_people_lead_to_it(administrator: Client, world: World) -> None:
    for address in ("/teams/member/", "/teams/invitation/", "/teams/apitoken/"):
        assert 'href="/roles/"' in administrator.get(address).content.decode()


def test_the_docs_have_the_same_table() -> None:
    head = ["| What | Viewer | Operator | Manager | Administrator |", "| --- | :-: | :-: | :-: | :-: |"]
    rows = [f"| {each.sentence} | {' | '.join('✓' if may else '' for may in each.given_to())} |" for each in RIGHTS]
    assert "\n".join([*head, *rows]).replace("|  |", "| |").replace("|  |", "| |") in DOCS.read_text(encoding="utf-8")

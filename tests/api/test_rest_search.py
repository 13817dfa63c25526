"""The search over everything, over REST."""

from __future__ import annotations

import pytest

from apps.teams.models import Role, Team
from tests.api.conftest import Desk
from tests.api.rest import person, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


def test_what_is_found_comes_in_groups_with_its_address(team: Team) -> None:
    groups = {group["key"]: group["found"] for group in program(team, Role.VIEWER).get("search?q=orders")["groups"]}
    assert groups["rules"]
    assert all(each["address"].startswith("/rules/rule/") for each in groups["rules"])
    assert "pages" not in groups


def test_another_team_finds_nothing(team: Team) -> None:
    other = Team.objects.create(name="Others")
    assert program(other, Role.ADMINISTRATOR).get("search?q=orders") == {"groups": []}
    assert person(None, None, "stranger@example.com").get("search?q=shop") == {"groups": []}

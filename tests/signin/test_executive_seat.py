"""A read-only seat in a team that sees everything comes with the weekly digest, unless the newcomer unticks it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.alerts.models import Preference
from apps.common.clock import utc_now
from apps.teams.models import Role, Team, User
from apps.teams.signin.invitations import invite

NEWCOMER = {"name": "Nele New", "timezone": "Europe/Berlin", "password": "a long enough passphrase"}


@pytest.fixture
def board(db: None) -> Team:
    return Team.objects.create(name="Board", sees_everything=True)


def link(team: Team, role: Role, email: str = "cfo@example.com") -> str:
    by = User.objects.create_user(f"admin-{User.objects.count()}@example.com")
    return reverse("invitation", args=[invite(team=team, email=email, role=role, by=by, now=utc_now())[1]])


def offers(page: bytes) -> bool:
    return b'name="weekly" id="weekly" value="yes" checked' in page


def test_a_viewer_is_offered_the_weekly_digest_and_has_it(board: Team) -> None:
    address = link(board, Role.VIEWER)
    assert offers(Client().get(address).content)
    Client().post(address, NEWCOMER | {"weekly": "yes"})
    wishes = Preference.objects.get(user__email="cfo@example.com")
    assert (wishes.digest, wishes.digest_weekday) == ("weekly", 0)
    assert wishes.next_digest_at is not None
    assert wishes.next_digest_at > utc_now()


def test_who_unticks_it_gets_none(board: Team) -> None:
    Client().post(link(board, Role.VIEWER), NEWCOMER)
    assert User.objects.filter(email="cfo@example.com").exists()
    assert not Preference.objects.exists()


def test_what_somebody_chose_before_stays(board: Team) -> None:
    user = User.objects.create_user("cfo@example.com")
    Preference.objects.create(user=user, digest="daily")
    client = Client()
    client.force_login(user)
    client.post(link(board, Role.VIEWER), {"weekly": "yes"})
    assert user.memberships.get().team == board
    assert Preference.objects.get().digest == "daily"


def test_others_are_not_offered_it(board: Team) -> None:
    assert not offers(Client().get(link(board, Role.OPERATOR)).content)
    assert not offers(Client().get(link(Team.objects.create(name="Data"), Role.VIEWER, "b@example.com")).content)

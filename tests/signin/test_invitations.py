"""People are invited by mail, join with a role, and can be uninvited until then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from apps.common.clock import utc_now
from apps.teams.models import Invitation, Member, Role, Team, User
from apps.teams.services import add_member

EMAIL = "new@example.com"
NEWCOMER = {"name": "Nele New", "timezone": "Europe/Berlin", "password": "a long enough passphrase"}


@pytest.fixture
def administrator(client: Client, team: Team) -> Client:
    user = User.objects.create_user("admin@example.com", name="Ada Admin")
    add_member(team=team, user=user, role=Role.ADMINISTRATOR)
    client.force_login(user)
    return client


@pytest.fixture
def link(administrator: Client, team: Team) -> str:
    """The address in the mail of an invitation."""
    administrator.post("/teams/invitation/add/", {"email": EMAIL.upper(), "team": team.pk, "role": "operator"})
    found = re.search(r"(/invitation/\S+)", str(mail.outbox[0].body))
    assert found
    return found[1]


def test_the_mail_says_who_invites_whereto_and_the_page_shows_the_link_once(administrator: Client, team: Team) -> None:
    page = administrator.post("/teams/invitation/add/", {"email": EMAIL, "team": team.pk, "role": "operator"})
    assert mail.outbox[0].to == [EMAIL]
    assert "Ada Admin invites you to the team Data" in mail.outbox[0].body
    key = re.search(r"/invitation/([\w-]{43})/", page.content.decode())
    assert key
    assert key[1] not in administrator.get("/teams/invitation/").content.decode() + str(Invitation.objects.values())


def test_somebody_without_an_account_joins_with_the_role_and_is_in(link: str) -> None:
    newcomer = Client()
    assert "Ada Admin invites" in newcomer.get(link).content.decode()
    newcomer.post(link, NEWCOMER)
    member = Member.objects.get(user__email=EMAIL)
    assert (member.role, member.user.name, member.user.timezone) == ("operator", "Nele New", "Europe/Berlin")
    assert newcomer.get("/rules/rule/").status_code == 200


def test_a_link_works_once(link: str) -> None:
    Client().post(link, NEWCOMER)
    assert Client().get(link).status_code == 410


def test_nobody_chooses_another_address_or_role_than_the_invited_one(link: str) -> None:
    Client().post(link, {**NEWCOMER, "email": "eve@example.com", "role": "administrator", "is_superuser": "on"})
    user = User.objects.get(name="Nele New")
    assert (user.email, user.is_superuser, user.memberships.get().role) == (EMAIL, False, "operator")


def test_a_weak_password_is_refused(link: str) -> None:
    page = Client().post(link, {**NEWCOMER, "password": "short"}).content.decode()
    assert "too short" in page
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_person_with_an_account_signs_in_and_joins(link: str) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    person = Client()
    assert person.get(link).headers["Location"] == f"/login/?next={link}"
    person.post("/login/", {"username": EMAIL, "password": "a long enough passphrase"})
    person.post(link)
    assert Member.objects.get(user__email=EMAIL).role == "operator"


def test_somebody_else_can_not_use_the_link(link: str) -> None:
    other = Client()
    other.force_login(User.objects.create_user("eve@example.com"))
    assert "You are signed in as eve@example.com" in other.get(link).content.decode()
    other.post(link)
    assert not Member.objects.filter(user__email="eve@example.com").exists()


def test_the_pages_of_an_invitation_are_its_teams(administrator: Client, link: str) -> None:
    one, stranger = f"/teams/invitation/{Invitation.objects.get().pk}", Client()
    user = User.objects.create_user("s@example.com")
    add_member(team=Team.objects.create(name="Others"), user=user, role=Role.ADMINISTRATOR)
    stranger.force_login(user)
    for address in (f"{one}/change/", f"{one}/history/"):
        assert (administrator.get(address).status_code, stranger.get(address).status_code) == (200, 404)
        assert link.split("/")[2] not in administrator.get(address).content.decode()


def test_a_mail_server_that_refuses_leaves_the_link_on_the_page(
    administrator: Client, team: Team, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = administrator.post("/teams/invitation/add/", {"email": EMAIL, "team": team.pk, "role": "viewer"})
    assert "No mail server took the link" in page.content.decode()
    assert Invitation.objects.get().email == EMAIL


def test_a_revoked_invitation_opens_nothing(administrator: Client, link: str) -> None:
    administrator.post(f"/teams/invitation/{Invitation.objects.get().pk}/revoke/")
    assert Client().post(link, NEWCOMER).status_code == 410
    assert "Revoked" in administrator.get("/teams/invitation/").content.decode()
    assert not User.objects.filter(email=EMAIL).exists()


def test_an_invitation_ends_after_a_week(link: str) -> None:
    Invitation.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert Client().get(link).status_code == 410


def test_a_second_invitation_replaces_the_first(administrator: Client, team: Team, link: str) -> None:
    administrator.post("/teams/invitation/add/", {"email": EMAIL, "team": team.pk, "role": "viewer"})
    assert Client().get(link).status_code == 410
    assert Invitation.objects.filter(revoked_at=None).get().role == "viewer"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.MANAGER])
def test_only_administrators_see_make_and_revoke_invitations(link: str, team: Team, role: Role) -> None:
    user, client = User.objects.create_user("m@example.com"), Client()
    add_member(team=team, user=user, role=role)
    client.force_login(user)
    address = f"/teams/invitation/{Invitation.objects.get().pk}/revoke/"
    assert [client.get("/teams/invitation/").status_code, client.get("/teams/invitation/add/").status_code] == [
        403,
        403,
    ]
    assert client.post(address).status_code in {403, 404}
    assert Invitation.objects.get().revoked_at is None


def test_an_administrator_of_another_team_sees_and_revokes_nothing(link: str, team: Team) -> None:
    user, client = User.objects.create_user("s@example.com"), Client()
    add_member(team=Team.objects.create(name="Others"), user=user, role=Role.ADMINISTRATOR)
    client.force_login(user)
    assert EMAIL not in client.get("/teams/invitation/").content.decode()
    assert client.post(f"/teams/invitation/{Invitation.objects.get().pk}/revoke/").status_code == 404
    client.post("/teams/invitation/add/", {"email": "x@example.com", "team": team.pk, "role": "viewer"})
    assert Invitation.objects.count() == 1


def test_a_member_is_not_invited_again(administrator: Client, team: Team) -> None:
    page = administrator.post(
        "/teams/invitation/add/", {"email": "ADMIN@example.com", "team": team.pk, "role": "viewer"}
    )
    assert "is in Data already" in page.content.decode()
    assert not Invitation.objects.exists()

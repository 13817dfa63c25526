"""Attempts that must fail at every door of the sign-in: forged forms, other sites in `next`, links used twice."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from apps.common.clock import utc_now
from apps.teams.models import Member, Role, SignInProvider, Team, User
from apps.teams.services import break_glass_token
from apps.teams.signin import urls
from apps.teams.signin.invitations import invite
from tests.servers.saml import IdentityProvider, question_in

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "anna@example.com", "a long enough passphrase"
# What takes forms from elsewhere: the answer of a SAML provider, which must be signed and asked for.
FROM_ELSEWHERE = {"saml_acs"}
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example/", "\\\\evil.example/", "/\\evil.example/",
    "/\t/evil.example/", "\n//evil.example", "https:evil.example", "http:///evil.example", "javascript:alert(1)",
    "https://testserver@evil.example/", "https://testserver.evil.example/",
)  # fmt: skip


def names() -> list[str]:
    """Every address of signing in."""
    found = URLResolver(get_resolver().pattern, urls).reverse_dict
    return sorted(name for name in found if isinstance(name, str))


def address_of(name: str) -> str:
    for arguments in ([], ["okta"], [1], ["3", "abc-def"]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no arguments for {name}")


@pytest.mark.parametrize("name", [name for name in names() if name not in FROM_ELSEWHERE])
def test_no_address_of_the_sign_in_takes_a_form_from_elsewhere(name: str) -> None:
    User.objects.create_user(EMAIL, PASSWORD)
    address = address_of(name)
    for signed_in in (False, True):
        client = Client(enforce_csrf_checks=True)
        if signed_in:
            client.force_login(User.objects.get())
        answer = client.post(address, {"username": EMAIL, "password": PASSWORD, "login": EMAIL})
        assert answer.status_code in {403, 405}, address


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_no_way_in_leads_to_another_site(
    client: Client, saml: SignInProvider, idp: IdentityProvider, onward: str
) -> None:
    User.objects.create_user(EMAIL, PASSWORD)
    by_password = client.post("/login/", {"username": EMAIL, "password": PASSWORD, "next": onward})
    assert by_password.headers["Location"] == "/"
    out = client.post("/account/logout/", {"next": onward}).headers["Location"]
    assert out in {"/", "/login/"}
    begin = client.get("/account/saml/adfs/login/", {"next": onward})
    answer = idp.answer(question_in(begin.headers["Location"]), EMAIL)
    taken = client.post("/account/saml/adfs/acs/", {"SAMLResponse": answer, "RelayState": onward})
    assert client.get(taken.headers["Location"]).headers["Location"] == "/"


def test_an_invitation_opens_one_account_once(client: Client, team: Team) -> None:
    _, key = invite(
        team=team, email=EMAIL, role=Role.VIEWER, by=User.objects.create_user("b@example.com"), now=utc_now()
    )
    given = {"name": "Anna", "timezone": "UTC", "password": PASSWORD}
    assert client.post(f"/invitation/{key}/", given).headers["Location"] == "/"
    assert Client().get(f"/invitation/{key}/").status_code == 410
    assert Client().post(f"/invitation/{key}/", {**given, "password": "another long passphrase"}).status_code == 410
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)
    assert Member.objects.count() == 1


def test_a_link_of_break_glass_opens_once(client: Client) -> None:
    link = f"/account/glass/{break_glass_token(user=User.objects.create_superuser(EMAIL))}/"
    assert client.post(link).headers["Location"] == "/"
    assert Client().post(link).status_code == 410


def test_a_link_for_a_new_password_works_once(client: Client) -> None:
    User.objects.create_user(EMAIL, PASSWORD)
    client.post("/account/password/reset/", {"email": EMAIL})
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert found
    form = client.get(found[1]).headers["Location"]
    client.post(form, {"password1": "another long passphrase", "password2": "another long passphrase"})
    assert "This link is used up" in Client().get(found[1], follow=True).content.decode()
    assert User.objects.get().check_password("another long passphrase")


def test_the_session_gets_a_new_key_by_the_company_login_too(
    client: Client, saml: SignInProvider, idp: IdentityProvider
) -> None:
    begin = client.get("/account/saml/adfs/login/")
    planted = client.cookies["sessionid"].value
    answer = idp.answer(question_in(begin.headers["Location"]), EMAIL)
    client.get(client.post("/account/saml/adfs/acs/", {"SAMLResponse": answer}).headers["Location"])
    assert client.cookies["sessionid"].value != planted
    assert not Client(headers={"cookie": f"sessionid={planted}"}).get("/").context

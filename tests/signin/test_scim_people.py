"""A provider sends its people: they are there before they sign in, and out as soon as it says so."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import Client

from apps.changes.models import AuditEntry
from apps.teams.models import ApiToken, Member, ProvisionedUser, Role, SignInProvider, Team, User
from apps.teams.services import add_member, issue_token, use_token
from tests.signin.conftest import ComeIn
from tests.signin.scim import ANNA, Sender

EMAIL = "anna@example.com"


@pytest.fixture
def send(provider: SignInProvider) -> Sender:
    return Sender.of(provider)


def test_somebody_who_is_sent_has_an_account_and_is_found_again(send: Sender) -> None:
    number = send.add()
    user = User.objects.get()
    assert (user.email, user.name, user.is_active, user.has_usable_password()) == (EMAIL, "Anna Berg", True, False)
    for text in ('userName eq "ANNA@example.com"', 'externalId eq "00u1"', f'id eq "{number}"'):
        status, page = send("GET", f"/Users?filter={quote(text)}")
        assert (status, [each["id"] for each in page["Resources"]]) == (200, [number]), text
    assert send("GET", '/Users?filter=userName%20eq%20"nobody"')[1]["totalResults"] == 0
    shown = send("GET", f"/Users/{number}")[1]
    assert (shown["name"], shown["emails"][0]["value"]) == (ANNA["name"], EMAIL)
    assert shown["meta"]["location"].endswith(f"/scim/v2/Users/{number}")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "value": {"active": False}},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": False},
    ],
)
def test_whoever_is_deactivated_is_out_at_once(send: Sender, team: Team, operation: dict[str, Any]) -> None:
    number = send.add()
    user, client = User.objects.get(), Client()
    client.force_login(user)
    client.get("/")
    add_member(team=team, user=user, role=Role.MANAGER)
    key = issue_token(team=team, name="of Anna", user=user)
    assert send.patch(f"/Users/{number}", operation)[0] == 200
    assert client.get("/").status_code == 302
    assert use_token(key=key) is None
    assert send.patch(f"/Users/{number}", {"op": "replace", "value": {"active": True}})[0] == 200
    assert User.objects.get().is_active
    assert client.get("/").status_code == 302
    assert ApiToken.objects.get().revoked_at


@pytest.mark.parametrize("operation", [None, {"op": "remove", "path": "active"}])
def test_nobody_comes_back_while_nothing_is_said_of_it(send: Sender, operation: dict[str, Any] | None) -> None:
    number = send.add(active=False)
    silent = {key: value for key, value in ANNA.items() if key != "active"}
    sent = send.patch(f"/Users/{number}", operation) if operation else send("PUT", f"/Users/{number}", silent)
    assert (sent[0], sent[1]["active"], User.objects.get().is_active) == (200, False, False)


def test_whoever_is_deleted_is_out_and_comes_back_as_the_same_account(send: Sender) -> None:
    number = send.add()
    assert send("DELETE", f"/Users/{number}") == (204, None)
    assert not User.objects.get().is_active
    assert send("GET", f"/Users/{number}")[0] == 404
    assert send("GET", "/Users")[1]["totalResults"] == 0
    assert send.add() == number
    assert User.objects.get().is_active


def test_what_an_administrator_here_ended_stays_so_until_the_provider_changes_its_mind(send: Sender) -> None:
    number = send.add()
    User.objects.update(is_active=False)
    send("PUT", f"/Users/{number}", {**ANNA, "displayName": "Anna B."})
    assert (User.objects.get().is_active, User.objects.get().name) == (False, "Anna B.")


def test_a_name_and_an_address_change_as_entra_sends_them(send: Sender) -> None:
    number = send.add()
    status, shown = send.patch(
        f"/Users/{number}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "anna.berg@example.com"},
        {"op": "Add", "path": "name.givenName", "value": "Annika"},
        {"op": "Add", "path": "displayName", "value": "Annika Berg"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "BI"},
    )
    assert (status, shown["name"]["givenName"]) == (200, "Annika")
    assert (User.objects.get().email, User.objects.get().name) == ("anna.berg@example.com", "Annika Berg")


def test_an_account_of_before_is_gone_on_with_within_the_domains_alone(
    send: Sender, provider: SignInProvider, team: Team
) -> None:
    user = User.objects.create_user(EMAIL)
    provider.settings["domains"] = []
    provider.save()
    assert send("POST", "/Users", ANNA)[1]["scimType"] == "uniqueness"
    provider.settings["domains"] = ["example.com"]
    provider.save()
    send.add()
    assert ProvisionedUser.objects.get().user == user
    status, said = send("POST", "/Users", {**ANNA, "userName": "eve", "emails": [{"value": "eve@elsewhere.example"}]})
    assert (status, said["scimType"]) == (400, "invalidValue")


@pytest.mark.parametrize("letter", ["\u212a", "\u0131", "\u017f"])
def test_an_address_that_only_looks_like_anothers_is_refused(send: Sender, letter: str) -> None:
    User.objects.create_user("kiss@example.com")
    disguised = "kiss@example.com".replace({"\u212a": "k", "\u0131": "i", "\u017f": "s"}[letter], letter)
    assert send("POST", "/Users", {**ANNA, "emails": [{"value": disguised}]})[0] == 400
    assert not ProvisionedUser.objects.exists()


def test_a_local_administrator_and_a_superuser_cannot_be_taken_over(send: Sender, team: Team) -> None:
    User.objects.create_superuser("root@example.com")
    add_member(team=team, user=User.objects.create_user(EMAIL), role=Role.ADMINISTRATOR)
    for name in (EMAIL, "root@example.com"):
        status, said = send("POST", "/Users", {**ANNA, "userName": name, "emails": []})
        assert (status, said["scimType"]) == (409, "uniqueness")
    assert not ProvisionedUser.objects.exists()


def test_an_administrator_who_was_made_one_here_keeps_the_address(send: Sender, team: Team) -> None:
    number = send.add()
    add_member(team=team, user=User.objects.get(), role=Role.ADMINISTRATOR)
    operation = {"op": "replace", "path": "emails", "value": [{"value": "eve@example.com"}]}
    assert send.patch(f"/Users/{number}", operation)[0] == 400
    assert User.objects.get().email == EMAIL


def test_nobody_is_taken_from_another_provider(send: Sender) -> None:
    number = send.add()
    other = SignInProvider.objects.create(key="other", kind="saml", name="Other", settings={"domains": ["example.com"]})
    theirs = Sender.of(other)
    assert theirs("POST", "/Users", ANNA)[0] == 409
    assert theirs("GET", f"/Users/{number}")[0] == 404
    assert theirs("DELETE", f"/Users/{number}")[0] == 404
    assert theirs("GET", "/Users")[1]["totalResults"] == 0
    assert User.objects.get().is_active


def test_whoever_was_sent_gets_no_password_by_mail_and_signs_in_by_the_provider(send: Sender, come_in: ComeIn) -> None:
    send.add()
    Client().post("/account/password/reset/", {"email": EMAIL})
    assert mail.outbox == []
    client, _ = come_in(EMAIL)
    assert client.get("/").status_code == 200
    assert User.objects.count() == 1


def test_a_password_of_before_opens_nothing_any_more(send: Sender, client: Client) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    send.add()
    page = client.post("/login/", {"username": EMAIL, "password": "a long enough passphrase"}).content.decode()
    assert "Sign in with it." in page
    assert client.get("/").status_code == 302


def test_the_audit_names_the_provider(send: Sender) -> None:
    number = send.add()
    send.patch(f"/Users/{number}", {"op": "replace", "value": {"active": False}})
    said = list(AuditEntry.objects.filter(actor="the provisioning by Okta").values_list("sentence", flat=True))
    assert any("was used from 127.0.0.1" in each for each in said)
    assert any("changed the access of “Anna Berg” from yes to no" in each for each in said)
    assert not Member.objects.exists()

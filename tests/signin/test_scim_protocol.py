"""What SCIM asks of a service besides its objects: who may ask, pages of lists, errors, what it says of itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.common.clock import utc_now
from apps.teams.models import ProvisionedUser, ProvisioningToken, SignInProvider, Team
from apps.teams.provisioning.keys import revoke_key
from apps.teams.services import issue_token
from tests.signin.scim import ANNA, Sender


@pytest.fixture
def send(provider: SignInProvider) -> Sender:
    return Sender.of(provider)


ADDRESSES = (
    "/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group", "/Users", "/Groups", "/Users/", "/Groups/",
    "/ServiceProviderConfig/",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_its_provider_and_nobody_else(
    send: Sender, provider: SignInProvider, team: Team, address: str
) -> None:
    assert send("GET", address)[0] == 200
    of_team = issue_token(team=team, name="rest")
    for key in ("", "mwp_guessed", of_team):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        answer = Client().get(f"/scim/v2{address}", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (401, "401")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    provider.enabled = False
    provider.save()
    assert send("GET", address)[0] == 401


def test_a_revoked_key_opens_nothing_and_only_its_hash_is_stored(send: Sender) -> None:
    token = ProvisioningToken.objects.get()
    assert send.key not in str(ProvisioningToken.objects.values()) + str(ProvisioningToken.history.values())
    revoke_key(token=token, now=utc_now())
    assert send("GET", "/Users")[0] == 401


def test_a_provider_that_asks_too_often_waits(send: Sender, settings: Settings) -> None:
    settings.MIDWATCH_API_RATE = 2
    assert [send("GET", "/Users")[0] for _ in range(3)] == [200, 200, 429]


def test_lists_come_in_pages_counted_from_one(send: Sender) -> None:
    for name in ("a", "b", "c"):
        send.add(userName=name, emails=[{"value": f"{name}@example.com"}])
    status, page = send("GET", "/Users?startIndex=2&count=1")
    assert (status, page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (200, 3, 2, 1)
    assert page["Resources"][0]["userName"] == "b"
    assert send("GET", "/Users?startIndex=0&count=0")[1]["itemsPerPage"] == 0
    assert send("GET", "/Users?startIndex=-5")[1]["startIndex"] == 1
    assert send("GET", f"/Users?startIndex={'9' * 30}")[1]["Resources"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/Users?filter=userName%20co%20%22a%22", None, 400, "invalidFilter"),
        ("GET", "/Users?filter=password%20eq%20%22a%22", None, 400, "invalidFilter"),
        ("GET", '/Users?filter=userName%20eq%20"a"%20or%20id%20eq%20"b"', None, 400, "invalidFilter"),
        ("GET", "/Users?startIndex=x", None, 400, "invalidValue"),
        ("GET", "/Users?filter=userName%20eq%20%22%5Cud800%22", None, 400, "invalidFilter"),
        ("GET", "/Users/nobody", None, 404, None),
        ("GET", "/Bulk", None, 404, None),
        ("POST", "/ServiceProviderConfig", {}, 405, None),
        ("DELETE", "/Users", None, 405, None),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Users", {"userName": ""}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "no address"}, 400, "invalidValue"),
        ("POST", "/Users", {**ANNA, "active": "perhaps"}, 400, "invalidValue"),
        ("POST", "/Users", {**ANNA, "displayName": "\ud800"}, 400, "invalidValue"),
        ("POST", "/Users", {**ANNA, "name": {"givenName": "a\0b"}}, 400, "invalidValue"),
        ("POST", "/Groups", {"displayName": "x", "members": "all"}, 400, "invalidValue"),
        ("POST", "/Groups", {"displayName": 3}, 400, "invalidValue"),
    ],
)
def test_what_cannot_be_done_is_refused_in_scims_words(
    send: Sender, method: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    found, said = send(method, path, body)
    assert (found, said["status"], said.get("scimType")) == (status, str(status), kind)
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "jump", "path": "active"}, "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "emails[", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "emails[type is work].value", "value": "x"}, "invalidFilter"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ("active", "invalidSyntax"),
        ({"op": "replace", "path": 'emails[type eq "\\q"].value', "value": "x"}, "invalidFilter"),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(send: Sender, operation: Any, kind: str) -> None:
    number = send.add()
    before = ProvisionedUser.objects.values().get()
    status, said = send.patch(f"/Users/{number}", {"op": "replace", "value": {"displayName": "Eve"}}, operation)
    assert (status, said["scimType"]) == (400, kind)
    assert ProvisionedUser.objects.values().get() == before


@pytest.mark.parametrize("junk", [None, 3, "x", ["x"], [{"value": {"a": 1}}]])
def test_no_list_of_anything_breaks_down(send: Sender, junk: Any) -> None:
    number, taken = send.add(), {"op": "Remove", "path": "emails", "value": [{"value": ["x"]}]}
    status, _ = send.patch(f"/Users/{number}", {"op": "add", "path": "emails", "value": junk}, taken)
    assert status in (200, 400)


def test_the_same_name_twice_is_a_conflict(send: Sender) -> None:
    send.add()
    assert send("POST", "/Users", {**ANNA, "userName": "Anna@Example.com", "emails": []})[0] == 409
    send.group("data")
    assert send("POST", "/Groups", {"displayName": "Data"})[0] == 409

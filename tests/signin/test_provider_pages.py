"""Superusers set up the company login, try it, and see beforehand whom it would let in where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.teams.models import Role, SignInProvider, Team, User
from apps.teams.services import add_member

FORM: dict[str, Any] = {
    "kind": "openid_connect", "name": "Okta", "key": "okta", "client_id": "midwatch", "client_secret": "between us",
    "groups_claim": "groups", "domains": "@Example.com, example.org", "enabled": "on",
    "mappings-TOTAL_FORMS": 1, "mappings-INITIAL_FORMS": 0, "mappings-0-group": "data", "mappings-0-role": "viewer",
}  # fmt: skip


@pytest.fixture
def superuser(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def trial(client: Client, provider: SignInProvider, **given: str) -> str:
    return client.post(f"/teams/signinprovider/{provider.pk}/try/", given).content.decode()


def test_a_provider_is_added_with_its_mapping_and_its_secret_is_never_shown(
    superuser: Client, team: Team, issuer: str
) -> None:
    superuser.post("/teams/signinprovider/add/", {**FORM, "server_url": issuer, "mappings-0-team": team.pk})
    made = SignInProvider.objects.get()
    assert made.settings["domains"] == ["example.com", "example.org"]
    assert made.secrets.open() == {"client_secret": "between us"}
    assert made.mappings.get().team == team
    for page in ("change", "history", "try"):
        assert "between us" not in superuser.get(f"/teams/signinprovider/{made.pk}/{page}/").content.decode()


def test_an_empty_secret_keeps_the_one_that_is_stored(superuser: Client, provider: SignInProvider) -> None:
    given = {**FORM, "client_secret": "", "mappings-TOTAL_FORMS": 0, "server_url": "http://127.0.0.1:9"}
    superuser.post(f"/teams/signinprovider/{provider.pk}/change/", given)
    provider.refresh_from_db()
    assert provider.settings["server_url"] == "http://127.0.0.1:9"
    assert provider.secrets.open() == {"client_secret": "between us"}


def test_the_test_reports_what_the_provider_says_of_itself(superuser: Client, provider: SignInProvider) -> None:
    report = trial(superuser, provider, test="1")
    assert "/.well-known/openid-configuration answers." in report
    assert "token_endpoint: " in report


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("{issuer}/nothing", "answers 404"),
        ("{issuer}/.", "It calls itself"),
    ],
)
def test_the_test_says_what_is_wrong(
    superuser: Client, provider: SignInProvider, issuer: str, address: str, says: str
) -> None:
    provider.settings["server_url"] = address.format(issuer=issuer)
    assert says in _tried(superuser, provider)


def _tried(superuser: Client, provider: SignInProvider) -> str:
    provider.save()
    return trial(superuser, provider, test="1")


def test_the_test_reaches_into_no_private_network(
    superuser: Client, provider: SignInProvider, settings: Settings
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    assert "an address inside a private network" in trial(superuser, provider, test="1")
    given = {**FORM, "server_url": provider.settings["server_url"], "mappings-TOTAL_FORMS": 0, "key": "other"}
    assert "an address inside a private network" in superuser.post("/teams/signinprovider/add/", given).content.decode()


def test_the_preview_shows_the_teams_and_roles_of_claims(
    superuser: Client, provider: SignInProvider, team: Team
) -> None:
    provider.mappings.create(group="data", team=team, role=Role.MANAGER)
    page = trial(superuser, provider, preview="1", claims=json.dumps({"groups": ["data"]}))
    assert "<td>Data</td><td>Manager</td>" in page
    assert "In none" in trial(superuser, provider, preview="1", claims=json.dumps({"groups": ["cooks"]}))
    assert "This is no JSON" in trial(superuser, provider, preview="1", claims="{")


def test_google_and_github_are_each_there_once_under_their_own_name(superuser: Client, db: None) -> None:
    page = superuser.post("/teams/signinprovider/add/", {**FORM, "kind": "google", "mappings-TOTAL_FORMS": 0})
    assert "The key of google is google" in page.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_nobody_but_a_superuser_comes_to_the_providers(provider: SignInProvider, team: Team, role: Role) -> None:
    user, client = User.objects.create_user("m@example.com"), Client()
    add_member(team=team, user=user, role=role)
    client.force_login(user)
    one = f"/teams/signinprovider/{provider.pk}"
    pages = ["/teams/signinprovider/", "/teams/signinprovider/add/", *(f"{one}/{act}/" for act in ("change", "try"))]
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(f"{one}/try/", {"test": "1"}).status_code == 403

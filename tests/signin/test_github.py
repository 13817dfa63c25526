"""GitHub's organisations decide who comes in and into which teams; Google goes to Google."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.test import Client
from pytest_httpserver import HTTPServer

from apps.common.clock import utc_now
from apps.common.fields import Sealed
from apps.teams.models import Member, Role, SignInProvider, Team, User
from apps.teams.signin.invitations import invite

EMAIL = "anna@example.com"


def provider(kind: str, **settings: list[str]) -> SignInProvider:
    return SignInProvider.objects.create(  # type: ignore[misc]  # a SealedField takes what is sealed
        key=kind,
        kind=kind,
        name=kind.title(),
        client_id="midwatch",
        secrets=Sealed.of({"client_secret": "x"}),
        settings=settings,
    )


@pytest.fixture
def github(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A stand-in of GitHub, where Anna is in the organisation Acme."""
    for name in ("access_token_url", "authorize_url", "profile_url", "emails_url"):
        monkeypatch.setattr(GitHubOAuth2Adapter, name, httpserver.url_for(f"/{name}"))
    monkeypatch.setattr(GitHubOAuth2Adapter, "api_url", httpserver.url_for("/api"))
    httpserver.expect_request("/access_token_url").respond_with_json({"access_token": "gh", "token_type": "bearer"})
    httpserver.expect_request("/profile_url").respond_with_json({"id": 7, "login": "anna", "name": "Anna Berg"})
    addresses = [
        {"email": EMAIL, "verified": True, "primary": True},
        {"email": "root@example.com", "verified": False, "primary": False},
    ]
    httpserver.expect_request("/emails_url").respond_with_json(addresses)
    httpserver.expect_request("/api/user/orgs").respond_with_json([{"login": "Acme"}])
    return httpserver


def come_in(client: Client) -> int:
    """The status of the front page after a sign-in by GitHub."""
    begin = client.get("/account/github/login/").headers["Location"]
    state = parse_qs(urlsplit(begin).query)["state"][0]
    client.get("/account/github/login/callback/", {"code": "c", "state": state})
    return client.get("/").status_code


def test_an_organisation_brings_its_people_in_and_is_their_group(
    client: Client, github: HTTPServer, team: Team
) -> None:
    provider("github", organisations=["acme"]).mappings.create(group="acme", team=team, role=Role.OPERATOR)
    assert come_in(client) == 200
    assert (User.objects.get().email, Member.objects.get().role) == (EMAIL, "operator")


def test_another_organisation_stays_out(client: Client, github: HTTPServer, db: None) -> None:
    provider("github", organisations=["other"])
    assert come_in(client) == 302
    assert not User.objects.exists()


def test_without_organisations_only_the_invited_come_in(client: Client, github: HTTPServer, team: Team) -> None:
    provider("github")
    assert come_in(client) == 302
    by = User.objects.create_user("boss@example.com")
    invite(team=team, email=EMAIL, role=Role.VIEWER, by=by, now=utc_now())
    assert come_in(Client()) == 200


def test_an_address_that_github_did_not_verify_opens_no_account(client: Client, github: HTTPServer, db: None) -> None:
    provider("github", organisations=["acme"])
    User.objects.create_superuser("root@example.com")
    come_in(client)
    assert client.get("/").context["user"].email == EMAIL


def test_github_that_fails_to_tell_the_organisations_lets_nobody_in(
    client: Client, github: HTTPServer, db: None
) -> None:
    provider("github", organisations=["acme"])
    github.clear_all_handlers()
    assert come_in(client) == 302


def test_google_is_asked_with_our_client_id(client: Client, db: None) -> None:
    provider("google", domains=["example.com"])
    assert "Continue with Google" in client.get("/login/").content.decode()
    location = client.get("/account/google/login/").headers["Location"]
    assert location.startswith(GoogleOAuth2Adapter.authorize_url)
    assert parse_qs(urlsplit(location).query)["client_id"] == ["midwatch"]

"""A real OpenID provider, a real SAML provider, and people who come in by it without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from oidc_provider_mock import run_server_in_thread

from apps.common.fields import Sealed
from apps.teams.models import Role, SignInProvider, Team
from tests.servers.saml import IdentityProvider

# Signs somebody in by the provider, who then says these claims; answers the last page and the client.
ComeIn = Callable[..., tuple[Client, Any]]


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data")


@pytest.fixture
def provider(db: None, issuer: str) -> SignInProvider:
    return SignInProvider.objects.create(  # type: ignore[misc]  # a SealedField takes what is sealed
        key="okta",
        name="Okta",
        client_id="midwatch",
        secrets=Sealed.of({"client_secret": "between us"}),
        settings={"server_url": issuer, "groups_claim": "groups", "domains": ["example.com"]},
    )


@pytest.fixture
def come_in(provider: SignInProvider, issuer: str) -> ComeIn:
    def come_in(email: str, *, onward: str = "", verified: bool = True, **claims: Any) -> tuple[Client, Any]:
        said = {"email": email, "email_verified": verified, "name": "Anna Berg", **claims}
        requests.put(f"{issuer}/users/{email}", json=said, timeout=10).raise_for_status()
        client = Client()
        begin = client.get(f"/account/oidc/{provider.key}/login/", {"next": onward} if onward else {})
        back = requests.post(begin.headers["Location"], data={"sub": email}, allow_redirects=False, timeout=10)
        target = urlsplit(back.headers["Location"])
        return client, client.get(f"{target.path}?{target.query}")

    return come_in


@pytest.fixture(scope="module")
def idp() -> Iterator[IdentityProvider]:
    server = IdentityProvider().start()
    assert isinstance(server, IdentityProvider)
    yield server
    server.stop()


@pytest.fixture
def saml(idp: IdentityProvider, team: Team) -> SignInProvider:
    provider = SignInProvider.objects.create(
        key="adfs",
        kind="saml",
        name="Company",
        client_id="adfs",
        settings={"metadata_url": f"{idp.origin}/metadata", "groups_claim": "groups", "domains": ["example.com"]},
    )
    provider.mappings.create(group="data", team=team, role=Role.OPERATOR)
    return provider

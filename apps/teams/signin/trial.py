"""Trying a provider before people depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import requests

from apps.teams.models import ProviderKind, SignInProvider
from apps.teams.signin.outgoing import GuardedSession

WELL_KNOWN = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class Finding(NamedTuple):
    """One line of the report."""

    good: bool
    text: str


def try_out(provider: SignInProvider) -> list[Finding]:
    """Ask the provider for its description, as every sign-in does, and say what is right and wrong with it."""
    if provider.kind != ProviderKind.OPENID_CONNECT:
        return [Finding(True, f"{provider.get_kind_display()} has fixed addresses: there is nothing to fetch.")]
    server = str(provider.settings.get("server_url", ""))
    address = server if WELL_KNOWN in server else server.rstrip("/") + WELL_KNOWN
    try:
        with GuardedSession() as session:
            answer = session.get(address)
            if not answer.ok:
                said = f"{address} answers {answer.status_code}. Check the address of the server."
                return [Finding(False, said)]
            described = answer.json()
    except requests.JSONDecodeError:
        return [Finding(False, f"{address} answers, but not with a description. Check the address of the server.")]
    except requests.RequestException as error:
        return [Finding(False, f"{address} cannot be reached: {error}")]
    if not isinstance(described, dict):
        return [Finding(False, f"{address} answers, but not with a description. Check the address of the server.")]
    return [Finding(True, f"{address} answers."), *_judged(described, server)]


def _judged(described: dict[str, object], server: str) -> Iterator[Finding]:
    issuer = str(described.get("issuer", ""))
    same = issuer.rstrip("/") == server.partition("/.well-known/")[0].rstrip("/")
    yield Finding(same, f"It calls itself {issuer}." if same else f"It calls itself {issuer}, not {server}.")
    for name in NEEDED:
        found = described.get(name)
        yield Finding(bool(found), f"{name}: {found}" if found else f"It names no {name}, which a sign-in needs.")
    methods = described.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        yield Finding(False, "It does not offer PKCE with S256, which Midwatch always uses.")

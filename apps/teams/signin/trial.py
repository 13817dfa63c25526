"""Trying a provider before people depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import requests

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.teams.models import ProviderKind, SignInProvider
from apps.teams.signin.outgoing import GuardedSession
from apps.teams.signin.saml import metadata

WELL_KNOWN = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class Finding(NamedTuple):
    """One line of the report."""

    good: bool
    text: str


def try_out(provider: SignInProvider) -> list[Finding]:
    """Ask the provider for its description, as every sign-in does, and say what is right and wrong with it."""
    if provider.kind == ProviderKind.SAML:
        return list(_saml(provider))
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


def _saml(provider: SignInProvider) -> Iterator[Finding]:
    if line := metadata.missing():
        yield Finding(False, f"SAML needs a package that is not installed. Install it, then restart: {line}")
        return
    address = provider.settings.get("metadata_url", "")
    try:
        pasted = provider.settings.get("metadata", "")
        said = metadata.refresh(provider, utc_now()) if address else metadata.read(pasted)
    except InvalidInput as error:
        yield Finding(False, str(error))
        return
    yield Finding(True, f"{address} answers." if address else "The pasted metadata can be read.")
    yield Finding(True, f"It calls itself {said.entity_id}.")
    secure = said.sign_on.startswith("https://")
    yield Finding(secure, f"People sign in at {said.sign_on}{'' if secure else ', which is not encrypted'}.")
    for certificate in said.certificates:
        yield _of_certificate(certificate)
    out = f"Signing out there ends the session here too ({said.sign_out})." if said.sign_out else ""
    yield Finding(True, out or "It names no address for signing out: a session here goes on for its 12 h.")


def _of_certificate(certificate: str) -> Finding:
    try:
        until = metadata.ends(certificate)
    except ValueError:
        return Finding(False, "One of its certificates cannot be read. Ask the provider for a new one.")
    day = f"{until:%Y-%m-%d}"
    good = until > utc_now()
    return Finding(good, f"Its certificate is good until {day}." if good else f"Its certificate ended on {day}.")

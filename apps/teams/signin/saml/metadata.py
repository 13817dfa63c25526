"""What an identity provider says of itself: its name, where people sign in, and which certificates it signs with."""

from __future__ import annotations

import base64
import logging
import shlex
import sys
from datetime import datetime, timedelta
from importlib.util import find_spec

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import SignInProvider
from apps.teams.signin.outgoing import GuardedSession

FRESH = timedelta(hours=4)
AGAIN = timedelta(minutes=5)  # after it could not be fetched: nobody's sign-in should wait for it each time
LIMIT = 1024 * 1024  # bytes; that of one provider has some ten thousand
# What is kept of metadata that was fetched. What begins with _ is Midwatch's own, and stands in no history.
FETCHED, READ_AT, CERTIFICATES = KEPT = ("_metadata", "_read_at", "certificates")
log = logging.getLogger("midwatch.signin")


@record
class IdentityProvider:
    """Certificates are base64, as the metadata has them; `sign_out` is empty where there is none."""

    entity_id: str
    sign_on: str
    sign_out: str
    certificates: tuple[str, ...]


def missing() -> str:
    """The line that installs what SAML needs, for the very Python that runs Midwatch; empty where it is there."""
    if find_spec("onelogin") is not None and find_spec("xmlsec") is not None:
        return ""
    return shlex.join([sys.executable, "-m", "pip", "install", "python3-saml>=1.16"])


def read(xml: str) -> IdentityProvider:
    """Read metadata. Raises InvalidInput with what is wrong with it; documents with a DTD are refused unread."""
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser  # noqa: PLC0415 (an extra)

    if len(xml.encode()) > LIMIT:
        raise InvalidInput("This metadata is larger than 1 MB. Give that of your provider alone.", field="metadata")
    try:
        found = OneLogin_Saml2_IdPMetadataParser.parse(xml.strip().encode()).get("idp", {})
    except (ValueError, SyntaxError) as error:  # what lxml finds wrong is a SyntaxError, a DTD a ValueError
        raise InvalidInput(f"This cannot be read as metadata: {error}.", field="metadata") from error
    certificates = found.get("x509certMulti", {}).get("signing") or [found.get("x509cert", "")]
    read_in = IdentityProvider(
        entity_id=found.get("entityId", ""),
        sign_on=found.get("singleSignOnService", {}).get("url", ""),
        sign_out=found.get("singleLogoutService", {}).get("url", ""),
        certificates=tuple(each for each in certificates if each),
    )
    if not read_in.entity_id:
        raise InvalidInput(
            "This metadata describes no identity provider. Take the one of the provider.", field="metadata"
        )
    if not read_in.sign_on.startswith(("https://", "http://")):
        raise InvalidInput("This metadata names no sign-on address with the binding HTTP-Redirect.", field="metadata")
    if not read_in.certificates:
        raise InvalidInput("This metadata has no certificate, so no answer could be checked.", field="metadata")
    return read_in


def fetch(address: str) -> str:
    """The metadata at `address`. Raises InvalidInput when it cannot be had."""
    try:
        with GuardedSession() as session:
            answer = session.get(address)
    except requests.RequestException as error:
        raise InvalidInput(f"{address} cannot be reached: {error}", field="metadata_url") from error
    if not answer.ok:
        raise InvalidInput(f"{address} answers {answer.status_code}. Check the address.", field="metadata_url")
    return answer.text[:LIMIT]


def current(provider: SignInProvider, now: datetime) -> IdentityProvider:
    """What the provider says of itself now. Where its metadata has an address, it is fetched again every 4 h, since
    certificates change; while that fails, what was read last stays in use. Raises InvalidInput when there is none."""
    if not provider.settings.get("metadata_url"):
        return read(provider.settings.get("metadata", ""))
    kept = provider.settings.get(FETCHED, "")
    if not _is_fresh(provider, now):
        try:
            return refresh(provider, now)
        except InvalidInput as error:
            if not kept:
                raise
            log.warning("The metadata of %s stays as it was: %s", provider, error)
            _note(provider, now - FRESH + AGAIN)
    return read(kept)


def refresh(provider: SignInProvider, now: datetime) -> IdentityProvider:
    """Fetch the metadata and keep it, when it can be read. Raises InvalidInput when not. Other certificates than before
    are a line of the history."""
    fetched = fetch(provider.settings["metadata_url"])
    said = read(fetched)
    shown = [_shown(each) for each in said.certificates]
    changed = shown != provider.settings.get(CERTIFICATES)
    provider.settings = {**provider.settings, FETCHED: fetched, CERTIFICATES: shown}
    if changed:
        provider._change_reason = "its metadata names other certificates"  # type: ignore[attr-defined]
        provider.save(update_fields=["settings"])
    _note(provider, now)
    return said


def _shown(certificate: str) -> str:
    """A certificate as the history names it."""
    try:
        held = x509.load_der_x509_certificate(base64.b64decode(certificate))
    except ValueError:
        return "one that cannot be read"
    return f"SHA-256 {held.fingerprint(hashes.SHA256()).hex()[:16]}… until {held.not_valid_after_utc:%Y-%m-%d}"


def _note(provider: SignInProvider, read_at: datetime) -> None:
    """Keep when it was read, with what was read; nothing that a history should tell of."""
    provider.settings = {**provider.settings, READ_AT: read_at.isoformat()}
    SignInProvider.objects.filter(pk=provider.pk).update(settings=provider.settings)


def ends(certificate: str) -> datetime:
    """Until when a certificate says that it is good. Raises ValueError for what is no certificate."""
    return x509.load_der_x509_certificate(base64.b64decode(certificate)).not_valid_after_utc


def _is_fresh(provider: SignInProvider, now: datetime) -> bool:
    read_at = provider.settings.get(READ_AT, "")
    return bool(read_at) and now - datetime.fromisoformat(read_at) < FRESH

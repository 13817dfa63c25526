"""The keys by which providers send their people."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from apps.teams.models import ProvisioningToken, SignInProvider

PREFIX = "mwp_"


@transaction.atomic
def make_key(*, provider: SignInProvider) -> str:
    """Make a key of the provider and return it; it cannot be shown again. Others of it go on until they are revoked, so
    that a key can be changed without a gap."""
    key = PREFIX + secrets.token_urlsafe(32)
    ProvisioningToken(provider=provider, digest=_digest(key)).save()
    return key


def use_provisioning_key(*, key: str, now: datetime) -> ProvisioningToken | None:
    """The token of this key, noted as used; None when no such token exists, or it or its provider was switched off."""
    rows = ProvisioningToken.objects.select_related("provider").filter(revoked_at=None, provider__enabled=True)
    token = rows.filter(digest=_digest(key)).first()
    if token:
        ProvisioningToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke_key(*, token: ProvisioningToken, now: datetime) -> None:
    """End the key for good; its record stays."""
    if token.revoked_at is None:
        token.revoked_at = now
        token.save()


def _digest(key: str) -> str:
    # As with API tokens: 256 random bits cannot be guessed from a fast hash.
    return hashlib.sha256(key.encode()).hexdigest()

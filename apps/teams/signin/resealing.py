"""Moving the secrets of second steps, which lie in allauth's table, to the first of the encryption keys."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from apps.common.fields import Sealed

SEALED = ("secret", "seed")


def reseal() -> int:
    """Seal every one with the first key. Returns how many had another. Raises SecretsUnreadable when no key fits."""
    moved = 0
    for row in Authenticator.objects.order_by("pk"):
        old = {name: Sealed(row.data[name]) for name in SEALED if name in row.data}
        new = {name: Sealed.of(sealed.open()).token for name, sealed in old.items() if not sealed.is_current()}
        if new:
            row.data |= new
            row.save(update_fields=["data"])
            moved += 1
    return moved

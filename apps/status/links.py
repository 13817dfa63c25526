"""The public link of a page: made, revoked, renewed, and found by its key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from apps.common.fields import Sealed
from apps.status.models import StatusPage


def make_link(page: StatusPage, now: datetime) -> None:
    """Give the page a new key; a link that it had works no longer."""
    key = secrets.token_urlsafe(24)
    page.link_digest, page.link_key, page.link_made_at = _digest(key), Sealed.of({"key": key}), now
    page.save()


def revoke_link(page: StatusPage) -> None:
    """End the link: whoever has it sees nothing any more."""
    if page.link_digest is not None:
        page.link_digest, page.link_key, page.link_made_at = None, Sealed(), None
        page.save()


def address_of(page: StatusPage) -> str:
    """The whole public address; empty where there is no link. Raises SecretsUnreadable."""
    key = page.link_key.open().get("key", "") if page.link_digest else ""
    return f"{settings.MIDWATCH_BASE_URL}{reverse('public_status', args=[page.slug, key])}" if key else ""


def page_of_link(slug: str, key: str) -> StatusPage | None:
    """The page that the link leads to."""
    digest = _digest(key)
    page = StatusPage.objects.filter(link_digest=digest, slug=slug).first()
    return page if page and hmac.compare_digest(page.link_digest or "", digest) else None


def _digest(key: str) -> str:
    """The keys are random 24 bytes, so a plain hash cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()

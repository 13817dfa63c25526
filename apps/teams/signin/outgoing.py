"""Requests to providers go only to addresses that may be called, on every hop of a redirect."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from apps.common.addresses import AddressError, checked_addresses

TIMEOUT = 10


class GuardedSession(requests.Session):
    """Raises requests.ConnectionError for a host that Midwatch does not call. The provider of the environment may
    stand anywhere: whoever sets it runs this machine."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(*args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        own = urlsplit(settings.MIDWATCH_OIDC.get("url", "")).hostname
        try:
            checked_addresses(
                parts.hostname or "",
                parts.port or 443,
                allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES or parts.hostname == own,
            )
        except AddressError as error:
            raise requests.ConnectionError(str(error)) from error
        return super().send(request, **kwargs)

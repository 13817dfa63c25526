"""Requests to providers go only to addresses that may be called, on every hop of a redirect.

The connection goes to the very addresses that were checked, while TLS and the Host header carry the name. Of an answer
no more is read than a provider ever has to say.
"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from apps.common.addresses import AddressError, checked_addresses

TIMEOUT = 10
MAX_ANSWER = 2 * 1024 * 1024  # bytes, unpacked


class GuardedSession(requests.Session):
    """Raises requests.ConnectionError for a host that Midwatch does not call, and for an answer that is too long. The
    provider of the environment may stand anywhere: whoever sets it runs this machine."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _CheckedAdapter())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(*args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        try:
            _allowed(parts.hostname or "", parts.port or 443)
        except AddressError as error:
            raise requests.ConnectionError(str(error)) from error
        return super().send(request, **kwargs)


def _allowed(host: str, port: int) -> list[str]:
    own = urlsplit(settings.MIDWATCH_OIDC.get("url", "")).hostname
    return checked_addresses(host, port, allow_private=host == own or settings.MIDWATCH_PRIVATE_ADDRESSES)


def _connected(connection: HTTPConnection) -> socket.socket:
    """A socket to the first checked address that takes one. A name may mean something else than a moment ago."""
    trouble: Exception | None = None
    host, port = connection._dns_host, connection.port or connection.default_port
    try:
        for address in _allowed(host, port):
            try:
                return socket.create_connection((address, port), TIMEOUT)
            except OSError as error:
                trouble = error
    except AddressError as error:
        trouble = error
    raise NewConnectionError(connection, str(trouble)) from trouble


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(request, *args, **kwargs)
        try:
            content = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
        except (HTTPError, OSError) as error:
            raise requests.ConnectionError(f"the answer broke off: {error}", request=request) from error
        finally:
            answer.close()
        if len(content) > MAX_ANSWER:
            raise requests.ConnectionError("the answer is too long to be a provider's", request=request)
        answer._content, answer._content_consumed = content, True
        return answer

"""One HTTP POST to an address that a person typed: to checked addresses only, never redirected, bounded.

The connection goes to the very IP address that was checked, while TLS and the Host header carry the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import quote, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.response import HTTPResponse

from apps.alerts.channels.contract import SendFailed, SendRefused
from apps.common import fault
from apps.common.addresses import AddressRefused, AddressUnknown, checked_addresses
from apps.common.records import record

TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
MAX_REPLY = 64 * 1024
SAFE_IN_URL = "/%:=&?~#+!$,;'@()*[]"
PORTS = {"http": 80, "https": 443}


@record
class Target:
    """A web address taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    authority: str


@record
class Reply:
    """The receiver's answer; `text` is its beginning, at most 64 kB unless more was asked for."""

    status: int
    headers: Mapping[str, str]
    text: str


def target_of(url: str) -> Target:
    """Take `url` apart. Raises ValueError with what to write instead."""
    if any(char.isspace() or not char.isprintable() for char in url):
        raise ValueError("the address contains a space or an invisible character")
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("write a whole address, such as https://example.com/hook")
    if parts.username is not None or parts.password is not None:
        raise ValueError("leave user and password out of the address; messages are signed with the secret instead")
    host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    shown = f"[{host}]" if ":" in host else host
    path = quote(f"{parts.path or '/'}?{parts.query}".removesuffix("?"), safe=SAFE_IN_URL)
    authority = shown if parts.port in (None, PORTS[parts.scheme]) else f"{shown}:{parts.port}"
    return Target(parts.scheme, host, parts.port or PORTS[parts.scheme], path, authority)


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], seconds: float = TOTAL_SECONDS, most: int = MAX_REPLY
) -> Reply:
    """POST `body`; of the answer, at most `most` bytes are read. Raises SendRefused for an address that is not allowed,
    SendFailed when no answer came in time."""
    target = target_of(url)
    try:
        addresses = checked_addresses(target.host, target.port, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES)
    except AddressRefused as error:
        raise SendRefused(str(error)) from error
    except AddressUnknown as error:
        raise SendFailed(str(error)) from error
    deadline = time.monotonic() + seconds
    connection = _connect(target, addresses, deadline)
    # A receiver that sends a byte now and then resets every socket timeout; only closing the socket ends it for sure.
    # Kept here, because the connection forgets its socket once the receiver says that it will close it.
    watch = threading.Timer(deadline - time.monotonic(), cut, [connection.sock])
    watch.start()
    try:
        connection.timeout = seconds
        connection.request(
            "POST", target.path, body=body, headers={**headers, "Host": target.authority}, preload_content=False
        )
        fault.reached("request left")
        response = connection.getresponse()
        answered = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, answered, _beginning(response, most))
    except (HTTPError, HTTPException, OSError) as error:
        late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
        what = f"gave no answer within {seconds:g} s" if late else f"broke off before it answered ({_words(error)})"
        raise SendFailed(f"{target.host} was called but {what}.", unconfirmed=True) from error
    finally:
        watch.cancel()
        connection.close()


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """What a Retry-After header asks for, in seconds or as a date; None when it says nothing that can be understood."""
    if value.strip().isdecimal():
        return float(value.strip())
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo else None


def _connect(target: Target, addresses: list[str], deadline: float) -> HTTPConnection:
    """A connection to the first address that accepts one; after `deadline` no further one is tried."""
    trouble: Exception | None = None
    for address in addresses:
        if trouble and time.monotonic() >= deadline:
            break
        connection = _connection(target, address)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            trouble = error
        else:
            return connection
    raise SendFailed(f"{target.host} cannot be reached on port {target.port} ({_words(trouble)}).") from trouble


def _connection(target: Target, address: str) -> HTTPConnection:
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=CONNECT_SECONDS)
    return HTTPSConnection(
        address,
        target.port,
        timeout=CONNECT_SECONDS,
        cert_reqs="CERT_REQUIRED",
        server_hostname=target.host,
    )


def cut(sock: socket.socket | None) -> None:
    """End a conversation from another thread; whoever reads from the socket sees that it is over."""
    with suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)


def _beginning(response: HTTPResponse, most: int) -> str:
    """The first `most` bytes of the answer. Its status is known already, so a body that breaks off is no failure."""
    try:
        content = response.read(most, decode_content=False)
    except (HTTPError, HTTPException, OSError):
        return ""
    return content.decode(errors="replace")


def _words(error: Exception | None) -> str:
    """What went wrong below HTTP, in words for people rather than in urllib3's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ConnectTimeoutError):
        return f"no answer within {CONNECT_SECONDS:g} s"
    cause = error.__cause__ if isinstance(error, NewConnectionError) else error
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return f"{type(cause).__name__}: {cause}"[:200]

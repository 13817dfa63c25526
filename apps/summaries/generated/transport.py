"""One request to the language model's address: to checked addresses only, never redirected, bounded in time and size.

The connection goes to the very IP address that was checked, while TLS and the Host header carry the name. Nothing is
taken from the environment's proxies, and no compressed answer is accepted: it could unpack to any size.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from http.client import HTTPException

import httpx
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from apps.common.addresses import checked_addresses
from apps.summaries.generated.errors import ModelUnreachable

CONNECT_SECONDS = 5.0
MAX_REPLY = 64 * 1024
PORTS = {"http": 80, "https": 443}
TOO_LONG = f"The answer is longer than {MAX_REPLY // 1024} kB, so it was not read."


class BoundedTransport(httpx.BaseTransport):
    """Carries one request in at most `seconds` altogether."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TimeoutException, httpx.TransportError, AddressError or ModelUnreachable."""
        deadline = time.monotonic() + self.seconds
        connection = _connected(request.url, deadline)
        # Whoever sends a byte now and then resets every socket timeout; only closing the socket ends it for sure.
        watch = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [connection.sock])
        watch.start()
        try:
            return _exchange(connection, request)
        except (HTTPError, HTTPException, OSError) as error:
            if time.monotonic() >= deadline or isinstance(error, TimeoutError):
                raise httpx.ReadTimeout(f"no answer within {self.seconds:g} s", request=request) from error
            raise httpx.ReadError(str(error), request=request) from error
        finally:
            watch.cancel()
            connection.close()


def _exchange(connection: HTTPConnection, request: httpx.Request) -> httpx.Response:
    headers = {name: value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
    connection.request(
        request.method,
        request.url.raw_path.decode("ascii"),
        body=request.read(),
        headers=headers | {"accept-encoding": "identity"},
        preload_content=False,
    )
    response = connection.getresponse()
    content = response.read(MAX_REPLY + 1, decode_content=False)
    if len(content) > MAX_REPLY or response.headers.get("content-encoding", "identity") != "identity":
        raise ModelUnreachable(TOO_LONG)
    kept = {"content-type": response.headers.get("content-type", "application/json")}
    return httpx.Response(response.status, headers=kept, content=content, request=request)


def _connected(url: httpx.URL, deadline: float) -> HTTPConnection:
    """A connection to the first checked address that accepts one before `deadline`."""
    port = url.port or PORTS[url.scheme]
    trouble: Exception | None = None
    for address in checked_addresses(url.host, port, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES):
        connection = _connection(url, address, port, deadline)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            trouble = error
            if time.monotonic() >= deadline:
                break
        else:
            connection.timeout = max(0.1, deadline - time.monotonic())
            if connection.sock is not None:
                connection.sock.settimeout(connection.timeout)
            return connection
    raise httpx.ConnectError(f"{url.host} cannot be reached on port {port}") from trouble


def _connection(url: httpx.URL, address: str, port: int, deadline: float) -> HTTPConnection:
    seconds = max(0.1, min(CONNECT_SECONDS, deadline - time.monotonic()))
    if url.scheme == "http":
        return HTTPConnection(address, port, timeout=seconds)
    return HTTPSConnection(address, port, timeout=seconds, cert_reqs="CERT_REQUIRED", server_hostname=url.host)


def _cut(sock: socket.socket | None) -> None:
    with suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)

"""For libraries that open connections by themselves: every address is checked at the moment when it is connected to,
and of every answer over HTTP only the beginning is read.

A check beforehand would not hold: the library resolves the name again, and may be redirected. Python tells audit hooks
of every connection before it is made; the hook below refuses on the threads that asked for it, and on no other. The
package requests, which such libraries use, reads an answer whole before it gives it to anybody; what makes its answers
is told to take the beginning instead, on the same threads alone.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from apps.alerts.channels.http import MAX_REPLY
from apps.common.addresses import AddressRefused, refusal

EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_watched = threading.local()


@dataclass
class Guard:
    """What was refused; a library may swallow the error that it saw."""

    refused: list[str] = field(default_factory=list)

    def check(self, place: Any) -> None:
        """Raise AddressRefused for a place that may not be called."""
        reason = _reason(place)
        if reason:
            self.refused.append(f"Midwatch does not call this address: it leads to {reason}.")
            raise AddressRefused(self.refused[-1])


@contextmanager
def guarded() -> Iterator[Guard]:
    """While it lasts, this thread connects to allowed addresses only, and reads the beginning of answers."""
    _install()
    _bound_answers()
    _watched.guard = Guard()
    try:
        yield _watched.guard
    finally:
        _watched.guard = None


def _reason(place: Any) -> str:
    if not isinstance(place, tuple):
        return "a socket of this machine" if place else ""
    try:
        address = ip_address(str(place[0]).partition("%")[0])
    except ValueError:
        # A datagram may be sent to a name, which is resolved only then; nothing can be said about it beforehand.
        return f"{place[0]}, which was not resolved"
    return refusal(address, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES)


@cache  # a hook can be added, and never removed
def _install() -> None:
    sys.addaudithook(_hook)


@cache  # once is enough
def _bound_answers() -> None:
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  # part of an extra

    whole = HTTPAdapter.build_response

    def build_response(self: HTTPAdapter, request: Any, answer: Any) -> Any:
        response = whole(self, request, answer)
        if getattr(_watched, "guard", None) is not None:
            response.raw = _beginning(answer)
        return response

    HTTPAdapter.build_response = build_response  # type: ignore[assignment, method-assign]


def _beginning(answer: HTTPResponse) -> HTTPResponse:
    """The answer with as much of its body as other channels read. Its status is known already, so a body that breaks
    off is no failure."""
    try:
        body = answer.read(MAX_REPLY, decode_content=True)
    except (HTTPError, OSError):
        body = b""
    answer.close()
    return HTTPResponse(io.BytesIO(body), status=answer.status, reason=answer.reason, preload_content=False)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    guard: Guard | None = getattr(_watched, "guard", None)
    if guard is not None and args[0].family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        guard.check(args[1])

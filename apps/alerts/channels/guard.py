"""For libraries that open connections by themselves: every address is checked at the moment when it is connected to.

A check beforehand would not hold: the library resolves the name again, and may be redirected. Python tells audit hooks
of every connection before it is made; the hook below refuses on the threads that asked for it, and on no other.
"""

from __future__ import annotations

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
    """While it lasts, this thread connects to allowed addresses only."""
    _install()
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


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    guard: Guard | None = getattr(_watched, "guard", None)
    if guard is not None and args[0].family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        guard.check(args[1])

"""What a channel must offer: send one message, and say what may happen when a send was not confirmed.

SendError
├── SendFailed      try again later (after `retry_after` seconds, if given; `unconfirmed`: it may have arrived)
└── SendRefused     permanent: trying again cannot help
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from apps.common.errors import MidwatchError
from apps.common.plugins import Driver
from apps.summaries.services import Message


class SendError(MidwatchError):
    """A message was not accepted."""


class SendFailed(SendError):
    """Not accepted now; a later try may succeed."""

    def __init__(self, message: str, *, retry_after: float | None = None, unconfirmed: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unconfirmed = unconfirmed


class SendRefused(SendError):
    """The provider will not take it, however often it is tried."""


class Repeat(StrEnum):
    """What a second send of the same delivery does at the receiver, when the first was not confirmed."""

    SAFE = "safe"  # the receiver recognises the delivery key and drops the second
    VISIBLE = "visible"  # the second arrives as well, so its words say that it may be a repeat


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery, ready to send. `key` stays the same over all attempts; `thread` over the life of an incident.

    `incident` names the incident (or the test) at a receiver that keeps a state for it: the same in all messages, and
    never used twice, also not by a database that was set up anew. Up to 60 characters of ASCII; a test's is its key.
    """

    key: str
    thread: str
    incident: str
    first_in_thread: bool
    attempt: int
    message: Message


class ChannelDriver(Driver):
    """A way to reach people or programs."""

    repeat: ClassVar[Repeat]
    seconds: float = 15.0  # how long one attempt may take in all

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def send(self, outgoing: Outgoing) -> str:
        """Send, and return the provider's receipt (may be empty). Raises SendFailed or SendRefused."""

"""What a channel must offer: send one message, and say what may happen when a send was not confirmed.

SendError
├── SendFailed      try again later (after `retry_after` seconds, if given; `unconfirmed`: it may have arrived;
│                   `others`: there are recipients who surely have not got it)
└── SendRefused     permanent: trying again cannot help
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, ClassVar

from apps.common.errors import MidwatchError
from apps.common.plugins import Driver
from apps.common.records import record
from apps.summaries.services import Message


class SendError(MidwatchError):
    """A message was not accepted."""


class SendFailed(SendError):
    """Not accepted now; a later try may succeed."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, unconfirmed: bool = False, others: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unconfirmed = unconfirmed
        self.others = others


class SendRefused(SendError):
    """The provider will not take it, however often it is tried."""


class Repeat(StrEnum):
    """What a second send of the same delivery does at the receiver, when the first was not confirmed."""

    SAFE = "safe"  # the receiver recognises the delivery key and drops the second
    VISIBLE = "visible"  # the second arrives as well, so its words say that it may be a repeat
    LOOK_UP = "look up"  # the driver looks whether the first arrived, and sends a second only when it did not


def _keep_nothing() -> None:
    """Where nobody asks how far a driver got."""


@record
class Outgoing:
    """One delivery, ready to send. `key` stays the same over all attempts; `thread` over the life of an incident.

    `incident` names the incident (or the test) at a receiver that keeps a state for it: the same in all messages, and
    never used twice, also not by a database that was set up anew. Up to 60 characters of ASCII; a message about no
    incident has its key there. `reference` is how the provider calls the message that this channel has of the incident
    already; empty when it has none. `taken_by` is who takes care of the incident now. `unconfirmed`: an earlier attempt
    may have arrived.

    For drivers that serve several recipients one after the other (`several`): `served` says how it went for each so
    far, over all attempts; the driver writes into it, and calls `keep` before each recipient, which stores it and
    raises SendFailed when somebody else took the delivery over. `again` is the message for who may have it already,
    None where those do not get it again.

    For drivers that show it (`shows_evidence`): `chart` is what was measured around the incident, as pages draw it,
    and `chart_words` the same in a sentence. `personal`: it goes to a person, who chose what to hear of.
    """

    key: str
    thread: str
    incident: str
    first_in_thread: bool
    attempt: int
    message: Message
    reference: str = ""
    taken_by: str = ""
    unconfirmed: bool = False
    again: Message | None = None
    chart: Mapping[str, Any] = field(default_factory=dict)
    chart_words: str = ""
    personal: bool = False
    served: dict[str, str] = field(default_factory=dict)
    keep: Callable[[], None] = _keep_nothing

    @property
    def about_one(self) -> bool:
        """Whether it is about one incident, rather than about several or none."""
        return self.thread != self.key

    @property
    def answerable(self) -> bool:
        """Whether it is about one incident that is not over."""
        return self.about_one and self.message.kind != "resolved"


ACCEPTED = "accepted"  # how it went for a recipient; a refusal for good is kept in the receiver's words
DOUBTFUL = "doubtful"


@record
class Sent:
    """What came of a send: the provider's receipt for people (may be empty), and how it calls the message that stands
    for the incident, where that message can be changed later. `left_out`: nothing was sent, and `receipt` says why."""

    receipt: str
    reference: str = ""
    left_out: bool = False


class ChannelDriver(Driver):
    """A way to reach people or programs."""

    repeat: ClassVar[Repeat]
    edits: ClassVar[bool] = False  # one message per incident shows where it stands, so every change of it is welcome
    several: ClassVar[bool] = False  # it serves several recipients one by one, and says how it went for each
    shows_evidence: ClassVar[bool] = False  # a chart of what was measured, and what happened shortly before
    pages: ClassVar[bool] = False  # it calls people by itself until somebody acknowledges, so it must hear of that
    per_second: ClassVar[float] = 0.0  # how many messages a second the provider takes; 0: as many as there are
    seconds: float = 15.0  # how long one attempt may take in all

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def send(self, outgoing: Outgoing) -> Sent:
        """Send, and return what came of it. Raises SendFailed or SendRefused."""

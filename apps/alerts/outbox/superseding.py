"""Which of the unsent messages about one incident are still needed: pure.

A newer message says what the older ones say and more. Beginning and end that are both unsent become one message, and a
beginning carries what changed since, so that nobody reads about a state that is over as if it were news.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from apps.alerts.models import DeliveryKind
from apps.common.records import record

BEGINNINGS = (DeliveryKind.OPENED, DeliveryKind.REOPENED, DeliveryKind.SUMMARY)
STATES = (*BEGINNINGS, DeliveryKind.ESCALATED, DeliveryKind.RESOLVED)
UPDATES = (DeliveryKind.CHANGED, DeliveryKind.REMINDER)


@record
class Unsent:
    """A message that was not sent yet."""

    number: int
    kind: str


@record
class Settlement:
    """Which message goes out, with the facts of which one, and which are not needed any more.

    `combined`: it is an end that tells of the beginning as well.
    """

    send: int
    facts_of: int
    dropped: tuple[int, ...] = ()
    combined: bool = False


def settle(messages: Sequence[Unsent]) -> Settlement:
    """The settlement of the messages about one incident to one channel, the oldest (which is due) first."""
    known = list(takewhile(lambda message: message.kind in (*STATES, *UPDATES), messages))
    if not known:
        return Settlement(messages[0].number, messages[0].number)
    places = [place for place, message in enumerate(known) if message.kind in STATES]
    chosen = places[-1] if places else len(known) - 1
    ends = known[chosen].kind == DeliveryKind.RESOLVED
    latest = chosen if ends else len(known) - 1
    dropped = known[:chosen] + known[chosen + 1 : latest + 1]
    return Settlement(
        send=known[chosen].number,
        facts_of=known[latest].number,
        dropped=tuple(message.number for message in dropped),
        combined=ends and any(message.kind in BEGINNINGS for message in dropped),
    )

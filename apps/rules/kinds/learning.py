"""A declared limit and what is learned from the table's own history, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import ceil, floor
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from apps.common.plugins import LABELS
from apps.rules.kinds.contract import Judgement
from apps.rules.limits import Bounds

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading

How = Literal["beside", "also", "instead", "off"]
Learned = Annotated[
    How,
    Field(
        title="Learned limits",
        description="What the table's own history says is usual, and whether it alerts.",
        json_schema_extra={
            LABELS: {
                "beside": "drawn beside the limits, never alerts",
                "also": "alerts as the limits do",
                "instead": "alerts in place of the limits, once it is learned",
                "off": "nothing is learned",
            }
        },
    ),
]
ALERTING = ("also", "instead")


def replaces(how: How, reading: Reading | None) -> bool:
    """Whether the declared limits have given way. While little is learned they hold: a rule is never without any."""
    return how == "instead" and reading is not None and not reading.learning


def joined(
    found: Judgement, how: How, reading: Reading | None, *, alarmed: bool, words: str, facts: Mapping[str, Any]
) -> Judgement:
    """What the declared limits found, and the learned ones beside them. `words` and `facts` tell what they found."""
    if how not in ALERTING or reading is None or reading.learning:
        return found
    if found.verdict == "breached":
        return replace(found, reason=f"{found.reason} {words}") if alarmed else found
    limits = replace(found, expected=reading.expected, low=reading.low or None, high=reading.high)
    if alarmed:
        return replace(limits, verdict="breached", reason=words, facts={**found.facts, **facts})
    if how == "instead":
        return replace(limits, verdict="ok")
    return found


def not_before(moment: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments at which to look again."""
    return min((each for each in (moment, other) if each is not None), default=None)


def row_edges(reading: Reading) -> Bounds:
    """The learned limits as whole rows."""
    low = ceil(reading.low) if reading.low else None
    return Bounds(low or None, None if reading.high is None else floor(reading.high))

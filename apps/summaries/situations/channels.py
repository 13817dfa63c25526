"""A channel that does not take messages."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation
from apps.summaries.words import Facts, clean, moment, sentence

ERROR_LIMIT = 600
NEXT = (
    "What it should have heard is told by another way meanwhile. Correct the channel and send it a test message; the "
    "first message that arrives closes this."
)


def _channel(facts: Facts) -> str:
    name = clean(facts.get("channel") or "without a name", NAME_LIMIT)
    return f"The mail to {name}" if facts.get("personal") else f"The channel {name}"


def _title(facts: Facts) -> str:
    return f"{_channel(facts)} {'is not taken' if facts.get('personal') else 'does not take messages'}"


def _explain(facts: Facts) -> str:
    return f"{sentence(clean(facts.get('error'), ERROR_LIMIT))} {NEXT}".strip()


def _details(facts: Facts) -> Details:
    return [("Since", moment(facts, "broken_since") if facts.get("broken_since") else "")]


def _over(facts: Facts) -> str:
    return f"{_channel(facts)} {'is taken again' if facts.get('personal') else 'takes messages again'}"


CHANNEL = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=_over,
    returned=lambda facts: f"{_over(facts)}.",
)

"""The door of summaries: facts in, plain-language text out, in the language that the facts name (`language`: `de`)."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from apps.common.records import record
from apps.summaries import groups, phrases, wording
from apps.summaries.language import speaking
from apps.summaries.words import trouble_of

__all__ = ["Message", "in_language", "write_message", "write_title", "write_trouble"]


@record
class Message:
    """A message for people: what happened in one sentence, then the details; and the same facts for programs.

    `details` are (name, value) pairs in reading order, `sections` titled lists of such pairs. `link` leads to the page
    that shows more.
    """

    kind: str  # opened | reopened | resolved | test
    subject: str
    headline: str
    details: tuple[tuple[str, str], ...]
    link: str
    footer: str
    severity: str
    facts: dict[str, Any] = field(default_factory=dict)
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def write_message(*, kind: str, facts: dict[str, Any], severity: str, link: str, repeated: bool) -> Message:
    """The message for an event of an incident (or a test). `repeated`: an earlier attempt may have arrived."""
    with speaking(facts.get("language")):
        text = wording.compose(kind=kind, facts=facts, severity=severity, repeated=repeated)
    return Message(
        kind=kind,
        subject=text.subject,
        headline=text.headline,
        details=text.details,
        link=link,
        footer=text.footer,
        severity=severity,
        facts=facts,
        sections=text.sections,
    )


def write_title(*, facts: dict[str, Any]) -> str:
    """The trouble in one clause without a full stop: `main.orders has not changed for 2 h 10 min`."""
    with speaking(facts.get("language")):
        return wording.title(facts=facts)


def write_trouble(*, facts: dict[str, Any], others: int) -> str:
    """As `write_title`, and of an incident that is over, what it was; with how many others are part of it."""
    with speaking(facts.get("language")):
        return groups.with_others(str(trouble_of(facts) or wording.title(facts=facts)), others)


def in_language(text: str, *, facts: dict[str, Any]) -> str:
    """A fixed English text of a channel, such as the label of a button, in the language of the facts; as it is where
    nobody foresaw it."""
    with speaking(facts.get("language")):
        return phrases.told(text)

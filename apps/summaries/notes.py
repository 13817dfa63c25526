"""What a message says about itself: that it may be a repeat, stands in for another, or tells both ends. Pure."""

from __future__ import annotations

from apps.summaries.words import Facts, clean, local, sentence, zone_of

NAME_LIMIT = 80
ERROR_LIMIT = 300
GENERATED_LIMIT = 800
GENERATED = "Written by a language model"
INCOMPLETE = "from the facts above; it may be incomplete"
REPEATED = "This message may be a repeat: the first attempt was not confirmed."
COMBINED = (
    "This is the only message about this trouble: the one about its beginning had not gone out when the trouble ended."
)


def notes(facts: Facts, *, repeated: bool) -> list[tuple[str, str]]:
    """The remarks that stand before all other details."""
    texts = [REPEATED if repeated else "", COMBINED if facts.get("combined") else "", _fallback(facts)]
    return [("Please note", text) for text in texts if text]


def generated(facts: Facts) -> list[tuple[str, str]]:
    """What a language model wrote about the facts above. It stands last, and says what it is."""
    text = clean(facts.get("generated"), GENERATED_LIMIT)
    return [(GENERATED, f"{text} ({INCOMPLETE})")] if text else []


def was_broken(facts: Facts) -> str:
    """`was broken from 02:10 to 04:00 (Europe/Berlin)`; with the days where they differ, and empty where times lack."""
    began, ended = local(facts, "opened_at"), local(facts, "resolved_at")
    if not facts.get("combined") or began is None or ended is None:
        return ""
    form = "%H:%M" if began.date() == ended.date() else "%d %b %H:%M"
    form += "" if began.utcoffset() == ended.utcoffset() else " %Z"  # else 02:50 to 02:10 in the night of the change
    return f"was broken from {began.strftime(form)} to {ended.strftime(form)} ({zone_of(facts)})"


def _fallback(facts: Facts) -> str:
    missed = facts.get("fallback") or {}
    if not missed:
        return ""
    name, error = clean(missed.get("channel"), NAME_LIMIT), clean(missed.get("error"), ERROR_LIMIT)
    return f"This was meant for {name}, which does not take messages. {sentence(error)}".strip()

"""What is said of an incident that others are part of, and of what changed about one. Pure."""

from __future__ import annotations

from apps.summaries.words import Facts, clean, count, sentence

TITLE_LIMIT = 120
CHANGE_LIMIT = 500


def more(facts: Facts) -> str:
    """` and 12 more`, behind a trouble that others belong to; else empty."""
    number = parts_of(facts)
    return f" and {number:,} more" if number else ""


def parts_of(facts: Facts) -> int:
    """How many other troubles belong to it."""
    return int((facts.get("parts") or {}).get("count", 0))


def details(facts: Facts) -> list[tuple[str, str]]:
    """`Also broken: Payments keep arriving: main.payments; … and 2 more.`"""
    known = facts.get("parts") or {}
    names = [clean(name, TITLE_LIMIT) for name in known.get("titles") or []]
    left = parts_of(facts) - len(names)
    names += [f"{left:,} more"] if left > 0 else []
    unstable = "It comes and goes, so it stays open until it was good for 6 hours." if facts.get("unstable") else ""
    return [("Also broken", "; ".join(names) if parts_of(facts) else ""), ("Unstable", unstable)]


def ended(facts: Facts) -> str:
    """What to add at the end of an incident that others belonged to."""
    number = int((facts.get("parts") or {}).get("total", 0))
    return f"{count(number, 'other trouble')} that belonged to it ended as well." if number else ""


def change(facts: Facts) -> str:
    """What changed, as sentences."""
    return sentence(clean(facts.get("change"), CHANGE_LIMIT))


def because(facts: Facts) -> str:
    """Why its reader gets a message; empty where the facts do not say."""
    reason = clean(facts.get("because"), CHANGE_LIMIT)
    return sentence(f"You get this because {reason}") if reason else ""

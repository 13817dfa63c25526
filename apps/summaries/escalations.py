"""What is said when nobody has taken care of an incident yet. Pure."""

from __future__ import annotations

from apps.summaries.words import Facts, clean, length, moment, sentence

NAME_LIMIT = 60


def subject(what: str, severity: str) -> str:
    """`[High] Nobody has taken this yet: main.orders has not changed for 2 h 10 min`."""
    return f"[{severity.capitalize()}] Nobody has taken this yet: {what}"


def headline(what: str, facts: Facts) -> str:
    """What is wrong, and since when it waits for somebody."""
    since = f" since {moment(facts, 'opened_at')}" if facts.get("opened_at") else ""
    return (
        f"{sentence(what)} The incident has been open{since}, and nobody has acknowledged it. "
        "Acknowledge it to show that you take care of it; then nobody else is told."
    )


def details(facts: Facts) -> list[tuple[str, str]]:
    """How long it has waited, and which step this is."""
    waited = facts.get("waited_seconds")
    name = clean(facts.get("escalation"), NAME_LIMIT)
    step, steps = facts.get("step"), facts.get("steps")
    return [
        ("Waiting for", length(waited) if waited is not None else ""),
        ("Escalation", f"{name}, step {step} of {steps}" if name and step and steps else name),
    ]


def footer(facts: Facts) -> str:
    """Why this person is told now."""
    because = clean(facts.get("because"), 300)
    return sentence(f"You get this because {because or 'nobody has acknowledged the incident'}")

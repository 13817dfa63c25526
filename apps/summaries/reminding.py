"""What is said of an incident that stays open: reminders, the question whether somebody still works on it, and the word
at the end of a hold. Pure."""

from __future__ import annotations

from apps.summaries.words import Facts, clean, length, moment, sentence

NAME_LIMIT = 60
REASON_LIMIT = 300


def reminder_subject(what: str, facts: Facts, severity: str) -> str:
    """`[High] Still broken: main.orders has not changed for 6 h`."""
    asks = "Is it still being worked on?" if facts.get("taken_by") else "Still broken:"
    return f"[{severity.capitalize()}] {asks} {what}"


def reminder_headline(what: str, facts: Facts) -> str:
    """How long it has been open, and what its reader can do."""
    person = clean(facts.get("taken_by"), NAME_LIMIT)
    if person:
        return (
            f"{person} took this at {moment(facts, 'taken_at')}, and nothing was noted since. Is it still being worked "
            f"on? {sentence(what)} A note, or its end, answers this; it is asked only once."
        )
    lasted = f" for {length(facts['open_seconds'])}" if facts.get("open_seconds") is not None else ""
    return (
        f"{sentence(what)} The incident has been open{lasted}, and nobody has acknowledged it. Acknowledge it to show "
        "that you take care of it; then nobody is reminded any more."
    )


def held_subject(what: str, severity: str) -> str:
    """`[High] Still broken: main.orders has not changed for 6 h`."""
    return f"[{severity.capitalize()}] Still broken: {what}"


def held_headline(what: str, facts: Facts) -> str:
    """That nothing was said of it for a while."""
    since = f" It began {moment(facts, 'opened_at')}." if facts.get("opened_at") else ""
    return f"Messages about this were held back until now, and it is still broken: {sentence(what)}{since}"


def held_details(facts: Facts) -> list[tuple[str, str]]:
    """Why nothing was said."""
    return [("Held back because", sentence(clean(facts.get("held_because"), REASON_LIMIT)))]

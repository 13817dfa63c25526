"""What happened shortly before a trouble, as a section of a message. Nothing in it is claimed to be the cause. Pure."""

from __future__ import annotations

from apps.summaries.digest import Sections
from apps.summaries.words import Facts, clean, local, sentence

TEXT_LIMIT = 300
LINES = 6
TITLE = "Shortly before"
KINDS = ("opened", "reopened", "changed", "escalated", "reminder", "summary")


def sections(kind: str, facts: Facts) -> Sections:
    """One section with a line for the loads, and one for each thing that happened; none where nothing is known."""
    if kind not in KINDS:
        return ()
    loads = [sentence(clean(text, TEXT_LIMIT)) for text in facts.get("loads") or []]
    rows = [("Loads", " ".join(loads))] if loads else []
    for each in (facts.get("shortly_before") or [])[:LINES]:
        at = local({**facts, "at": each.get("at")}, "at")
        rows.append((f"{at.day} {at:%b, %H:%M %Z}" if at else "", sentence(clean(each.get("text"), TEXT_LIMIT))))
    return ((TITLE, tuple(rows)),) if rows else ()

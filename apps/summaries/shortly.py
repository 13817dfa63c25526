"""What happened shortly before a trouble, as a section of a message. Nothing in it is claimed to be the cause. Pure."""

from __future__ import annotations

from apps.summaries.digest import Sections
from apps.summaries.language import gettext as _
from apps.summaries.language import gettext_noop
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, local, sentence, short_moment

TEXT_LIMIT = 300
LINES = 6
TITLE = gettext_noop("Shortly before")
KINDS = ("opened", "reopened", "changed", "escalated", "reminder", "summary")


def sections(kind: str, facts: Facts) -> Sections:
    """One section with a line for the loads, and one for each thing that happened; none where nothing is known."""
    if kind not in KINDS:
        return ()
    loads = [sentence(told(clean(text, TEXT_LIMIT))) for text in facts.get("loads") or []]
    rows = [(_("Loads"), " ".join(loads))] if loads else []
    for each in (facts.get("shortly_before") or [])[:LINES]:
        at = local({**facts, "at": each.get("at")}, "at")
        rows.append((short_moment(at, zone=True) if at else "", sentence(told(clean(each.get("text"), TEXT_LIMIT)))))
    return ((_(TITLE), tuple(rows)),) if rows else ()

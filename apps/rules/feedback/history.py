"""What was said of a rule's findings, among the changes of the rule."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from apps.rules.feedback.giving import feedback_of
from apps.rules.models import Feedback, Rule
from apps.teams.adminsite import HistoryChange, HistoryEntry

LIMIT = 200


def joined(entries: list[HistoryEntry], rule: Rule) -> list[HistoryEntry]:
    """The entries of the rule's own history, with those of what was said of it, the newest first."""
    said = [entry for each in feedback_of(rule)[:LIMIT] for entry in _entries(each)]
    return sorted([*entries, *said], key=lambda entry: entry.at, reverse=True)[:LIMIT]


def _entries(feedback: Feedback) -> Iterator[HistoryEntry]:
    words = said_words(feedback)
    field = f"Feedback on {feedback.state.schema}.{feedback.state.table}"
    yield HistoryEntry(feedback.at, feedback.by_name, "Said", (HistoryChange(field, "empty", words),))
    if feedback.taken_back_at is not None:
        taken_back = (HistoryChange(field, words, "taken back"),)
        yield HistoryEntry(feedback.taken_back_at, feedback.taken_back_by, "Took back", taken_back)


def said_words(feedback: Feedback) -> str:
    """`A false alarm, 4 Mar 2026, 02:00 to 5 Mar 2026, 03:00 CET: a note`"""
    begins, ends = (timezone.localtime(moment) for moment in (feedback.begins, feedback.ends))
    note = f": {feedback.note}" if feedback.note else ""
    span = f"{begins:%-d %b %Y, %H:%M} to {ends:%-d %b %Y, %H:%M %Z}"
    return f"{feedback.get_meaning_display()}, {span}{note}"

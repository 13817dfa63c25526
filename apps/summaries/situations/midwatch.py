"""Midwatch itself does not work as it should."""

from __future__ import annotations

from apps.summaries.situations.shape import REASON_LIMIT, Details, Situation, reason_of
from apps.summaries.words import Facts, clean, moment, sentence


def _title(facts: Facts) -> str:
    return clean(facts.get("trouble_title") or "Midwatch itself needs attention", REASON_LIMIT)


def _over(facts: Facts) -> str:
    return clean(facts.get("over") or "Midwatch itself works again", REASON_LIMIT)


def _details(facts: Facts) -> Details:
    began = moment(facts, "began_at") if facts.get("began_at") else ""
    return [("Since", began), ("What it means", "Alerts may be late or missing until this is put right.")]


MIDWATCH = Situation(
    title=_title,
    explain=reason_of,
    details=_details,
    over=_over,
    returned=lambda facts: sentence(_over(facts)),
)

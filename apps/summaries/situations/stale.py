"""A table that has not changed for too long."""

from __future__ import annotations

from datetime import timedelta

from apps.common.durations import limit_words
from apps.summaries.situations.shape import Details, Situation, table_of
from apps.summaries.words import Facts, length, moment


def _stale_title(facts: Facts) -> str:
    if facts.get("age_seconds") is not None:
        return f"{table_of(facts)} has not changed for {length(facts['age_seconds'])}"
    if facts.get("deadline"):
        return f"{table_of(facts)} did not change by {moment(facts, 'deadline')}"
    return f"{table_of(facts)} has never been seen to change"


def _stale_explain(facts: Facts) -> str:
    last = f"Its last change was on {moment(facts, 'last_change')}." if facts.get("last_change") else ""
    if facts.get("deadline"):
        return f"{last} A change was due by {moment(facts, 'deadline')}.".strip()
    if facts.get("allowed_seconds") is not None:
        return f"{last} The limit is {limit_words(timedelta(seconds=facts['allowed_seconds']))}.".strip()
    return last


def _stale_details(facts: Facts) -> Details:
    last = moment(facts, "last_change") if facts.get("last_change") else "never seen"
    details = [("Unchanged for", length(facts.get("age_seconds"))), ("Last change", last)]
    if facts.get("allowed_seconds") is not None:
        details.append(("Limit", limit_words(timedelta(seconds=facts["allowed_seconds"]))))
    if facts.get("deadline"):
        details.append(("Due by", moment(facts, "deadline")))
    return details


def _stale_returned(facts: Facts) -> str:
    if facts.get("last_change"):
        return f"{table_of(facts)} is up to date again; its last change was on {moment(facts, 'last_change')}."
    return f"{table_of(facts)} is up to date again."


STALE = Situation(
    title=_stale_title,
    explain=_stale_explain,
    details=_stale_details,
    over=lambda facts: f"{table_of(facts)} is up to date again",
    returned=_stale_returned,
)

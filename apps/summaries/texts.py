"""The door to generated texts, apart from the one to plain texts: what every check loads must not load this."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.summaries.generated.about import (
    Changed,
    Happened,
    change_facts,
    changes_plain,
    incident_facts,
    period_facts,
    period_plain,
)
from apps.summaries.generated.asking import Request, ask_for, prompt_of
from apps.summaries.generated.guard import trouble_with
from apps.summaries.generated.prompt import bounded
from apps.summaries.generated.state import Standing, is_on, standing, used_today
from apps.summaries.generated.writing import remove_old, write_waiting
from apps.summaries.models import GeneratedText, Opinion, Purpose, Status

__all__ = [
    "Changed",
    "Happened",
    "Request",
    "Standing",
    "accepted_texts",
    "ask_for",
    "change_facts",
    "changes_plain",
    "give_opinion",
    "incident_facts",
    "is_on",
    "last_nights",
    "period_facts",
    "period_plain",
    "prompt_of",
    "remove_old",
    "standing",
    "still_stands",
    "try_model",
    "used_today",
    "write_waiting",
]

A_DAY = timedelta(days=1)
log = logging.getLogger("midwatch.summaries")


def accepted_texts(*, purpose: Purpose, subjects: Collection[int]) -> dict[int, GeneratedText]:
    """The newest text of each subject that may be shown; one statement."""
    rows = GeneratedText.objects.filter(purpose=purpose, subject_id__in=subjects, status=Status.ACCEPTED)
    return {row.subject_id: row for row in rows.order_by("written_at", "pk")}


def last_nights(*, team_ids: Collection[int], now: datetime) -> list[GeneratedText]:
    """The texts of the last night that may be shown, one for each team at most."""
    rows = GeneratedText.objects.filter(purpose=Purpose.PERIOD, team_id__in=team_ids, status=Status.ACCEPTED)
    newest = {row.team_id: row for row in rows.filter(asked_at__gt=now - A_DAY).order_by("asked_at", "pk")}
    return [newest[team_id] for team_id in sorted(newest)]


def still_stands(*, text: GeneratedText, facts: Callable[[], Mapping[str, Any]]) -> bool:
    """Whether a text that was written of earlier facts is true of these as well. Never raises: a message waits."""
    try:
        return not trouble_with(text.answer, facts=bounded(facts()), language=text.language)
    except Exception:  # a message must go, with this text or without
        log.exception("The text %s cannot be checked again, so it is left out.", text.pk)
        return False


def give_opinion(*, text: GeneratedText, user_id: int, useful: bool, now: datetime) -> Opinion:
    """Keep what a person thinks of a text; the last word counts."""
    row, _ = Opinion.objects.update_or_create(text=text, user_id=user_id, defaults={"useful": useful, "at": now})
    return row


def try_model() -> str:
    """Ask the model for one word, for whoever looks whether it works; returns it. Raises ModelError."""
    from apps.summaries.generated.client import complete  # noqa: PLC0415 (see there)

    return complete(rules="Answer with the word ready.", request="Are you there?", most_tokens=200).text

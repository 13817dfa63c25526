"""Writes the texts that were asked for: one after the other, by one worker at a time, with no lock held meanwhile.

Nothing waits for this: the plain messages have gone, or go, without it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.summaries.generated import state
from apps.summaries.generated.errors import ModelError
from apps.summaries.generated.guard import trouble_with
from apps.summaries.models import GeneratedText, Status

log = logging.getLogger("midwatch.summaries")

MOST = 3  # texts of one turn, so that a slow model keeps a worker for a short while only
ATTEMPTS = 3
AGAIN_AFTER = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)  # afterwards nobody reads it any more
SLACK = timedelta(minutes=1)
ANSWER_LIMIT = 4_000
KEEP = timedelta(days=90)
OLD_ROWS = 1_000
TOO_LATE = "It could not be written in time. {reason}"


def write_waiting(*, teams: Collection[int], clock: Callable[[], datetime], most: int = MOST) -> list[GeneratedText]:
    """Write what waits for these teams, at most `most` texts. Returns those that may be shown."""
    now = clock()
    _give_up(now)
    if not state.is_on() or not _waiting(teams, now).exists():
        return []
    token = state.hold(now, most * timedelta(seconds=settings.MIDWATCH_LLM_TIMEOUT) + SLACK)
    if not token:
        return []
    written = []
    try:
        for _ in range(most):
            text = None if state.is_off(clock()) else _waiting(teams, clock()).first()
            if text is None:
                break
            if _write(text, clock):
                written.append(text)
    finally:
        state.let_go(token)
    return written


def remove_old(*, now: datetime) -> int:
    """Remove texts that nobody looks at any more, with what was sent. Returns how many rows."""
    old = GeneratedText.objects.filter(asked_at__lt=now - KEEP).values_list("pk", flat=True)[:OLD_ROWS]
    return GeneratedText.objects.filter(pk__in=list(old)).delete()[0]


def _waiting(teams: Collection[int], now: datetime) -> QuerySet[GeneratedText]:
    rows = GeneratedText.objects.filter(
        status=Status.WAITING, due_at__lte=now, team_id__in=teams, attempts__lt=ATTEMPTS
    )
    return rows.order_by("due_at", "pk")


def _give_up(now: datetime) -> None:
    """What waited for too long, and what was begun again and again without any end."""
    hopeless = Q(asked_at__lt=now - LONGEST_WAIT) | Q(attempts__gte=ATTEMPTS, due_at__lte=now)
    for text in GeneratedText.objects.filter(hopeless, status=Status.WAITING)[:OLD_ROWS]:
        text.status, text.reason = Status.FAILED, TOO_LATE.format(reason=text.reason).strip()
        text.save(update_fields=["status", "reason"])


def _write(text: GeneratedText, clock: Callable[[], datetime]) -> bool:
    """Ask the model, and keep what came of it. Returns whether the text may be shown."""
    now = clock()
    text.reason = state.over_budget(text, now)
    if text.reason:
        text.due_at = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        text.save(update_fields=["reason", "due_at"])
        return False
    from apps.summaries.generated.client import complete  # noqa: PLC0415 (see there)

    # Written down before, so that whoever is cut off here does not pay for the same text again and again.
    text.attempts, text.tried_at, text.due_at = text.attempts + 1, now, now + AGAIN_AFTER
    text.save(update_fields=["attempts", "tried_at", "due_at", "reason"])
    started = time.monotonic()
    try:
        answer = complete(rules=text.rules, request=text.request)
    except ModelError as error:
        text.seconds = round(time.monotonic() - started, 3)
        _failed(text, str(error), clock())
        return False
    text.seconds = round(time.monotonic() - started, 3)
    state.answered(clock())
    text.tokens_in += answer.tokens_in or state.estimated(text)
    text.tokens_out += answer.tokens_out or len(answer.text) // state.CHARACTERS_PER_TOKEN
    text.answer, text.written_at = answer.text[:ANSWER_LIMIT], clock()
    text.reason = trouble_with(answer.text, facts=text.facts, language=text.language)
    text.status = Status.DROPPED if text.reason else Status.ACCEPTED
    text.save()
    return text.status == Status.ACCEPTED


def _failed(text: GeneratedText, error: str, now: datetime) -> None:
    """Try again later; after some attempts no more. What was sent may have cost, so it counts."""
    state.failed(error, now)
    log.warning("The language model wrote no text for %s: %s", text, error)
    text.tokens_in += state.estimated(text)
    text.reason, text.due_at = error, now + AGAIN_AFTER * text.attempts
    text.status = Status.FAILED if text.attempts >= ATTEMPTS else Status.WAITING
    text.save()

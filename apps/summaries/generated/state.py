"""How the model fares and what it may still cost: the circuit breaker, and the budgets of a day (UTC)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Sum

from apps.common.claim import claim, free
from apps.common.records import record
from apps.summaries.models import GeneratedText, ModelState

ONLY = 1  # the one row
FAILURES = 3
OFF_FOR = timedelta(minutes=10)
CHARACTERS_PER_TOKEN = 3  # on the safe side: English has four
ANSWER_TOKENS = 300  # what an answer usually takes
ERROR_LIMIT = 500


@record
class Standing:
    """What pages and `doctor` say. `used` and `budget` are tokens of today; `off_until` is None while it is asked."""

    on: bool
    model: str
    host: str
    used: int
    budget: int
    team_budget: int
    failures: int
    off_until: datetime | None
    error: str
    error_at: datetime | None
    answered_at: datetime | None


def is_on() -> bool:
    """Whether a language model is configured at all."""
    return bool(settings.MIDWATCH_LLM_URL and settings.MIDWATCH_LLM_MODEL)


def standing(now: datetime) -> Standing:
    """How it stands; two statements."""
    row = ModelState.objects.filter(pk=ONLY).first() or ModelState()
    off = row.off_until if row.off_until and row.off_until > now else None
    return Standing(
        on=is_on(),
        model=settings.MIDWATCH_LLM_MODEL,
        host=settings.MIDWATCH_LLM_URL,
        used=used_today(now),
        budget=settings.MIDWATCH_LLM_DAILY_BUDGET,
        team_budget=settings.MIDWATCH_LLM_TEAM_BUDGET,
        failures=row.failures,
        off_until=off,
        error=row.error,
        error_at=row.error_at,
        answered_at=row.answered_at,
    )


def hold(now: datetime, lease: timedelta) -> str:
    """The token of whoever may ask the model now; empty when somebody does, or while it is off."""
    ModelState.objects.get_or_create(pk=ONLY)
    ready = ModelState.objects.filter(free(now), pk=ONLY).exclude(off_until__gt=now)
    token, held = claim(ready, now=now, lease=lease)
    return token if held else ""


def let_go(token: str) -> None:
    """End the lease."""
    ModelState.objects.filter(pk=ONLY, lease_token=token).update(lease_token="", lease_until=None)


def is_off(now: datetime) -> bool:
    """Whether the circuit breaker is open."""
    return ModelState.objects.filter(pk=ONLY, off_until__gt=now).exists()


def answered(now: datetime) -> None:
    """The model answered: whatever failed before is over."""
    ModelState.objects.filter(pk=ONLY).update(failures=0, off_until=None, answered_at=now)


def failed(error: str, now: datetime) -> None:
    """The model gave no answer. Several failures in a row turn it off for a while; one more after that does again."""
    rows = ModelState.objects.filter(pk=ONLY)
    rows.update(failures=F("failures") + 1, error=error[:ERROR_LIMIT], error_at=now)
    rows.filter(failures__gte=FAILURES).update(off_until=now + OFF_FOR)


def used_today(now: datetime, *, team_id: int | None = None) -> int:
    """Tokens since midnight in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = GeneratedText.objects.filter(tried_at__gte=midnight)
    rows = rows if team_id is None else rows.filter(team_id=team_id)
    sums = rows.aggregate(tokens=Sum("tokens_in") + Sum("tokens_out"))
    return int(sums["tokens"] or 0)


def estimated(text: GeneratedText) -> int:
    """The tokens of its prompt, roughly; what counts when the model does not say."""
    return (len(text.rules) + len(text.request)) // CHARACTERS_PER_TOKEN


def over_budget(text: GeneratedText, now: datetime) -> str:
    """Why this text must wait for tomorrow; empty when it need not."""
    wanted = estimated(text) + ANSWER_TOKENS
    for words, limit, used in (
        ("this installation", settings.MIDWATCH_LLM_DAILY_BUDGET, used_today(now)),
        ("this team", settings.MIDWATCH_LLM_TEAM_BUDGET, used_today(now, team_id=text.team_id)),
    ):
        if used + wanted > limit:
            return f"The budget of {words} for today is used up ({used:,} of {limit:,} tokens)."
    return ""

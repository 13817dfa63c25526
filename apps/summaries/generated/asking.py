"""Texts are asked for by a row; whoever works on the rows writes them (see `writing`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.common.records import record
from apps.summaries.generated.prompt import Prompt, make_prompt
from apps.summaries.models import GeneratedText, Status

OCCASION_LIMIT = 120


@record
class Request:
    """What to sum up: see the model. `plain` is the text that it will stand below; `people` are names to keep back."""

    purpose: str
    team_id: int
    subject_id: int
    occasion: str
    language: str
    facts: Mapping[str, Any]
    plain: str
    people: Sequence[str] = ()


def prompt_of(request: Request) -> Prompt:
    """What would be sent."""
    return make_prompt(
        purpose=request.purpose,
        facts=request.facts,
        language=request.language,
        model=settings.MIDWATCH_LLM_MODEL,
        people=request.people,
    )


def ask_for(request: Request, *, now: datetime) -> GeneratedText:
    """The row of this occasion, made when it is new. A prompt that was answered before is not sent again."""
    prompt = prompt_of(request)
    known = GeneratedText.objects.filter(digest=prompt.digest, status__in=(Status.ACCEPTED, Status.DROPPED)).first()
    taken = (
        {"status": known.status, "answer": known.answer, "reason": known.reason, "from_store": True, "written_at": now}
        if known
        else {}
    )
    row, _ = GeneratedText.objects.get_or_create(
        purpose=request.purpose,
        team_id=request.team_id,
        subject_id=request.subject_id,
        occasion=request.occasion[:OCCASION_LIMIT],
        defaults={
            "language": request.language,
            "model": settings.MIDWATCH_LLM_MODEL,
            "digest": prompt.digest,
            "facts": prompt.facts,
            "rules": prompt.rules,
            "request": prompt.request,
            "plain": request.plain,
            "asked_at": now,
            "due_at": now,
            **taken,
        },
    )
    return row

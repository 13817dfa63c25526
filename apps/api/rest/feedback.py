"""What people say of a rule's findings, and what is learned, over REST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Body, Router, Status

from apps.api.rest.callers import Caller, CallerRequest, NotFound, reach
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, NotFoundNearby
from apps.rules.models import Feedback, Rule
from apps.rules.services import (
    Said,
    feedback_of,
    give_feedback,
    learned_limits_of,
    proposal_of,
    take_back_feedback,
)
from apps.teams.permissions import Act

router = Router()
Payload = Annotated[dict[str, Any], Body()]
Reply = dict[str, Any]
RULES = Rule.objects.select_related("team", "connection")
KEYS = ("table", "meaning", "begins", "ends", "note")


@router.get("/{int:pk}/feedback")
def list_feedback(request: CallerRequest, pk: int, page: Paged) -> Reply:
    """What was said, newest first, also what was taken back."""
    rule = reach(RULES, request.auth, pk)
    return paged(request, feedback_of(rule), page, _shown, newest_first=True)


@router.post("/{int:pk}/feedback", response={201: Reply})
def say(request: CallerRequest, pk: int, payload: Payload) -> Status[Reply]:
    rule, now = reach(RULES, request.auth, pk, Act.OPERATE), utc_now()
    for key in payload:
        if key not in KEYS:
            raise NotFoundNearby(f"{key!r} is not known here.", key, KEYS, field=key)
    said = Said(_text(payload, "meaning"), _moment(payload, "begins"), _moment(payload, "ends"), _text(payload, "note"))
    given = give_feedback(
        rule=rule,
        table=_text(payload, "table"),
        said=said,
        user=request.auth.user,
        by_name=_name(request.auth),
        now=now,
    )
    return Status(201, _one(given))


@router.delete("/{int:pk}/feedback/{int:feedback_id}", response={200: Reply})
def take_back(request: CallerRequest, pk: int, feedback_id: int) -> Reply:
    """It stays on record, and counts no more."""
    rule = reach(RULES, request.auth, pk, Act.OPERATE)
    found = feedback_of(rule).filter(pk=feedback_id).first()
    if found is None:
        raise NotFound(f"Nothing of number {feedback_id} was said of this rule.")
    take_back_feedback(feedback=found, by_name=_name(request.auth), now=utc_now())
    found.refresh_from_db()
    return _one(found)


@router.get("/{int:pk}/learned")
def get_learned(request: CallerRequest, pk: int, table: str = "") -> Reply:
    """What is learned of a table from its own history, and whether it alerts."""
    rule = reach(RULES, request.auth, pk)
    limits = learned_limits_of(rule=rule, table=table, now=utc_now())
    if limits is None:
        raise InvalidInput(f"Rules of the kind {rule.kind} learn nothing.")
    reading = limits.band.reading
    return {
        "learned": limits.how,
        "learning": reading.learning if reading else "learning",
        "unusual": bool(reading and reading.alarmed),
        "expected": reading.expected if reading else None,
        "low": (reading.low or None) if reading else None,
        "high": reading.high if reading else None,
        "reason": reading.reason if reading else "",
    }


@router.get("/{int:pk}/proposal")
def get_proposal(request: CallerRequest, pk: int) -> Reply:
    """A better rule, where people loosened this one or called its alerts false again and again; else nulls."""
    proposal = proposal_of(rule=reach(RULES, request.auth, pk), now=utc_now())
    if proposal is None:
        return {"sentence": "", "changes": None, "before": None, "after": None, "days": None, "lost": None}
    return {
        "sentence": proposal.words,
        "changes": proposal.changes,
        "before": asdict(proposal.before) if proposal.before else None,
        "after": asdict(proposal.after) if proposal.after else None,
        "days": proposal.days,
        "lost": proposal.lost,
    }


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key, "")
    if not isinstance(value, str):
        raise InvalidInput(f"{key} must be text.", field=key)
    return value


def _moment(payload: Mapping[str, Any], key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(payload, key))
    except ValueError as error:
        raise InvalidInput(f"{key} must be a time such as 2026-03-04T00:00:00Z.", field=key) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name(caller: Caller) -> str:
    return str(caller.user) if caller.user else f"token {caller.token}"


def _shown(rows: Sequence[Feedback]) -> list[Reply]:
    return [_one(row) for row in rows]


def _one(row: Feedback) -> Reply:
    return {
        "id": row.pk,
        "table": f"{row.state.schema}.{row.state.table}",
        "meaning": row.meaning,
        "begins": row.begins,
        "ends": row.ends,
        "note": row.note,
        "at": row.at,
        "by": row.by_name,
        "taken_back_at": row.taken_back_at,
        "taken_back_by": row.taken_back_by,
    }

"""Saying what a rule found was worth, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.models import TimelineKind
from apps.alerts.services import remark
from apps.common.errors import InvalidInput, NotFoundNearby
from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.items import incident_key
from apps.rules.models import Feedback, Rule, RuleState
from apps.teams.models import User

LONGEST = timedelta(days=400)
AHEAD = timedelta(days=31)  # so far ahead something may be expected
Meaning = Feedback.Meaning
EFFECTS: Mapping[str, str] = {
    Meaning.EXPECTED: "This time does not alert, and teaches nothing.",
    Meaning.NEW_NORMAL: "What is found now is accepted, and what was before it counts no more for what is usual.",
    Meaning.FALSE_ALARM: "This time does not alert, and teaches nothing. After three a better rule is proposed.",
    Meaning.MISSED: "This time teaches nothing. A rule that is proposed is measured by it.",
    Meaning.IGNORE: "This time does not alert, and teaches nothing.",
}


@record
class Said:
    """What somebody says of the time from `begins` to `ends`."""

    meaning: str
    begins: datetime
    ends: datetime
    note: str = ""


def feedback_of(rule: Rule) -> QuerySet[Feedback]:
    """All that was said of a rule, the newest first, also what was taken back."""
    return Feedback.objects.filter(state__rule=rule).select_related("state").order_by("-at", "-pk")


@transaction.atomic
def give_feedback(*, rule: Rule, table: str, said: Said, user: User | None, by_name: str, now: datetime) -> Feedback:
    """Say something of a table that the rule watches; `table` may be empty where it watches one. The next check, which
    is due at once, takes it into account. Raises InvalidInput."""
    _check(said, now)
    state = state_of(rule, table)
    feedback = Feedback.objects.create(
        state=state, meaning=said.meaning, begins=said.begins, ends=said.ends, note=said.note.strip(), at=now, by=user,
        by_name=by_name[:150], memory=_kept(state) if said.meaning == Meaning.NEW_NORMAL else None,
    )  # fmt: skip
    _check_soon(state, now)
    key = incident_key(rule.pk, TableName(state.schema, state.table))
    text = f"{by_name} says of it: {feedback.get_meaning_display().lower()}. {feedback.note}".strip()
    remark(keys=[key], kind=TimelineKind.FEEDBACK, text=text, user=user, now=now)
    return feedback


@transaction.atomic
def take_back_feedback(*, feedback: Feedback, by_name: str, now: datetime) -> None:
    """It counts no more, and stays on record. After a new normal, what was normal before is so again, unless the rule
    was changed or has another new normal since. Raises InvalidInput where it was taken back already."""
    open_still = Feedback.objects.filter(pk=feedback.pk, taken_back_at=None)
    if not open_still.update(taken_back_at=now, taken_back_by=by_name[:150]):
        raise InvalidInput("This was taken back already.")
    kept = feedback.memory
    if kept is not None and not _is_outdated(feedback, kept):
        # Whoever is checking with the present memory is fenced off: its token no longer matches.
        RuleState.objects.filter(pk=feedback.state_id).update(
            memory=kept["memory"], mark="", lease_token="", lease_until=None, attempts=0
        )
    _check_soon(feedback.state, now)


def _kept(state: RuleState) -> dict[str, Any]:
    """What a rule remembers, and which settings that belongs to."""
    return {"memory": state.memory, "of": [state.rule.settings, state.rule.timezone]}


def _is_outdated(feedback: Feedback, kept: Mapping[str, Any]) -> bool:
    """Whether what the rule remembered then says nothing of how it stands now."""
    later = Feedback.objects.filter(state=feedback.state_id, meaning=Meaning.NEW_NORMAL, taken_back_at=None)
    return later.filter(at__gt=feedback.at).exists() or kept["of"] != _kept(feedback.state)["of"]


def _check(said: Said, now: datetime) -> None:
    if said.meaning not in Meaning.values:
        raise NotFoundNearby(f"There is no meaning {said.meaning!r}.", said.meaning, Meaning.values, field="meaning")
    if said.begins >= said.ends:
        raise InvalidInput("The end must lie after the beginning.", field="ends")
    if said.ends - said.begins > LONGEST:
        raise InvalidInput(f"The time must not be longer than {LONGEST.days} days.", field="ends")
    if said.begins > now and said.meaning not in (Meaning.EXPECTED, Meaning.IGNORE):
        raise InvalidInput("This can only be said of the past; what is still to come can be expected.", field="begins")
    if said.ends > now + AHEAD:
        raise InvalidInput(f"The end must not lie more than {AHEAD.days} days ahead.", field="ends")
    if len(said.note) > 500:
        raise InvalidInput("A note has at most 500 characters.", field="note")


def state_of(rule: Rule, table: str) -> RuleState:
    """The state of a table (empty: the only one). Raises InvalidInput where the rule does not watch it."""
    states = {f"{state.schema}.{state.table}": state for state in RuleState.objects.filter(rule=rule).exclude(table="")}
    if not table and len(states) == 1:
        return next(iter(states.values()))
    if not states:
        raise InvalidInput("The rule watches no table yet.", field="table")
    if table not in states:
        message = "Say of which table." if not table else f"The rule does not watch {table}."
        raise NotFoundNearby(message, table, list(states), field="table")
    return states[table]


def _check_soon(state: RuleState, now: datetime) -> None:
    RuleState.objects.filter(pk=state.pk, next_check_at__gt=now).update(next_check_at=now)

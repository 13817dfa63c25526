"""Changing escalations and rotations. Every refusal is a sentence, and then nothing was changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.alerts.models import Channel, Escalation, EscalationStep, Incident, Rotation, RotationMember
from apps.alerts.routing.saving import check_members, check_places, lock
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import Member, Team, check_time_zone

LONGEST = 7 * 24 * 60  # minutes; what waits longer is forgotten rather than escalated


@record
class StepDraft:
    """A step as somebody wants it: so many minutes after the incident opened, these are told."""

    after_minutes: int
    channels: tuple[Channel, ...] = ()
    people: tuple[Member, ...] = ()
    rotation: Rotation | None = None


@record
class RotationDraft:
    """A rotation as somebody wants it; `members` in the order of their weeks."""

    name: str
    timezone: str
    starts_on: date
    handover: time
    members: tuple[Member, ...]


@transaction.atomic
def save_escalation(
    *, team: Team, name: str, steps: Sequence[StepDraft], now: datetime, instance: Escalation | None = None
) -> Escalation:
    """Make an escalation or change `instance`; a step of the same delay stays the same step. Open incidents go on with
    the steps as they are now. Raises InvalidInput."""
    lock(team)
    _check_name(team, name, Escalation, instance)
    _check_steps(team, steps)
    escalation = instance or Escalation(team=team)
    escalation.name = name
    escalation.save()
    before = {step.after_minutes: step for step in escalation.steps.all()}
    for delay, step in before.items():
        if delay not in {wanted.after_minutes for wanted in steps}:
            step.delete()
    for wanted in steps:
        step = before.get(wanted.after_minutes) or EscalationStep(
            escalation=escalation, after_minutes=wanted.after_minutes
        )
        step.rotation = wanted.rotation
        step.save()
        step.channels.set(wanted.channels)
        step.people.set([member.user_id for member in wanted.people])
    Incident.objects.filter(escalation=escalation, resolved_at=None).update(next_action_at=now)
    return escalation


@transaction.atomic
def save_rotation(*, team: Team, draft: RotationDraft, instance: Rotation | None = None) -> Rotation:
    """Make a rotation or change `instance`. Raises InvalidInput."""
    lock(team)
    _check_name(team, draft.name, Rotation, instance)
    _check_rotation(team, draft)
    rotation = instance or Rotation(team=team)
    for name in ("name", "timezone", "starts_on", "handover"):
        setattr(rotation, name, getattr(draft, name))
    rotation.save()
    before = {turn.user_id: turn for turn in rotation.turns.all()}
    wanted = [member.user_id for member in draft.members]
    for user_id, turn in before.items():
        if user_id not in wanted:
            turn.delete()
    for position, user_id in enumerate(wanted, 1):
        turn = before.get(user_id) or RotationMember(rotation=rotation, user_id=user_id)
        if turn._state.adding or turn.position != position:
            turn.position = position
            turn.save()
    return rotation


def _check_name(
    team: Team, name: str, model: type[Escalation | Rotation], instance: Escalation | Rotation | None
) -> None:
    noun = model._meta.verbose_name
    if not name.strip():
        raise InvalidInput(f"The {noun} needs a name.", field="name")
    namesakes = model.objects.filter(team=team, name=name)
    if (namesakes.exclude(pk=instance.pk) if instance else namesakes).exists():
        raise InvalidInput(f"The team already has the {noun} {name!r}.", field="name")


def _check_steps(team: Team, steps: Sequence[StepDraft]) -> None:
    if not steps:
        raise InvalidInput("An escalation needs at least one step: write after how many minutes whom to tell.")
    delays = [step.after_minutes for step in steps]
    for step in steps:
        if not 1 <= step.after_minutes <= LONGEST:
            raise InvalidInput(f"A step comes after 1 to {LONGEST:,} minutes (7 days).")
        if delays.count(step.after_minutes) > 1:
            raise InvalidInput(
                f"Two steps come after {step.after_minutes:,} minutes. Make one of them, or wait longer."
            )
        if not (step.channels or step.people or step.rotation):
            raise InvalidInput(f"The step after {step.after_minutes:,} minutes tells nobody. Choose whom it tells.")
        check_members(team, step.people)
        check_places(team, step.channels, step.rotation)


def _check_rotation(team: Team, draft: RotationDraft) -> None:
    try:
        check_time_zone(draft.timezone)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="timezone") from error
    if not draft.members:
        raise InvalidInput("A rotation needs at least one person.", field="turn_1")
    check_members(team, draft.members, "turn_1")
    users = [member.user_id for member in draft.members]
    if len(set(users)) < len(users):
        raise InvalidInput("A person has one week in each round. Choose each person once.", field="turn_1")

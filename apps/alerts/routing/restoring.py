"""Routes, escalations and rotations as they were: for the undo of a deletion. What they led to and is gone is left out.

The parts of an escalation or a rotation went with it; their own histories know them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from apps.alerts.models import Channel, Escalation, EscalationStep, Rotation, RotationMember, Route
from apps.alerts.routing.saving import RouteDraft, save_route
from apps.alerts.routing.steps import RotationDraft, StepDraft, save_escalation, save_rotation
from apps.teams.models import Member, Team

TOGETHER = timedelta(seconds=10)  # what was deleted so shortly before the whole went with it


def route_again(*, team: Team, gone: Any, now: datetime) -> Route:
    """Raises InvalidInput, for example where nobody is left to be told."""
    lists = {name: tuple(getattr(gone, name)) for name in ("severities", "tags", "owners", "tables")}
    draft = RouteDraft(
        name=gone.name,
        **lists,
        channels=_channels(team, gone),
        people=_members(team, [link.user_id for link in gone.people.all()]),
        rotation=Rotation.objects.filter(team=team, pk=gone.rotation_id).first(),
        escalation=Escalation.objects.filter(team=team, pk=gone.escalation_id).first(),
    )
    return save_route(team=team, draft=draft)


def escalation_again(*, team: Team, gone: Any, now: datetime) -> Escalation:
    """Raises InvalidInput, for example where a step would tell nobody."""
    steps = [
        StepDraft(
            after_minutes=step.after_minutes,
            channels=_channels(team, step),
            people=_members(team, [link.user_id for link in step.people.all()]),
            rotation=Rotation.objects.filter(team=team, pk=step.rotation_id).first(),
        )
        for step in _parts(EscalationStep, gone, escalation_id=gone.id)
    ]
    return save_escalation(team=team, name=gone.name, steps=steps, now=now)


def rotation_again(*, team: Team, gone: Any, now: datetime) -> Rotation:
    """Raises InvalidInput, for example where nobody of it is in the team any more."""
    turns = sorted(_parts(RotationMember, gone, rotation_id=gone.id), key=lambda turn: turn.position)
    draft = RotationDraft(
        name=gone.name,
        timezone=gone.timezone,
        starts_on=gone.starts_on,
        handover=gone.handover,
        members=_members(team, [turn.user_id for turn in turns]),
    )
    return save_rotation(team=team, draft=draft)


def _parts(model: Any, gone: Any, **of: int) -> list[Any]:
    """The parts as they were before they went, by their histories."""
    end = gone.next_record.history_date if gone.history_type != "-" else gone.history_date
    rows = model.history.filter(history_type="-", history_date__range=(end - TOGETHER, end + TOGETHER), **of)
    return [row.prev_record or row for row in rows]


def _channels(team: Team, row: Any) -> tuple[Channel, ...]:
    return tuple(Channel.objects.filter(team=team, pk__in=[link.channel_id for link in row.channels.all()]))


def _members(team: Team, users: Collection[int]) -> tuple[Member, ...]:
    """Those who are still in the team, in the same order."""
    found = {member.user_id: member for member in Member.objects.filter(team=team, user__in=users)}
    return tuple(found[user] for user in users if user in found)

"""Entries are written with what they tell of, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Model

from apps.changes.audit.actor import Actor
from apps.changes.audit.wording import Change, sentence
from apps.changes.models import Act, AuditEntry
from apps.teams.history import changes_between
from apps.teams.models import Purpose, Team

VERBS = {"+": Act.ADDED, "~": Act.CHANGED, "-": Act.DELETED}
NAME_LIMIT = 300


def write(
    *,
    act: Act,
    actor: Actor,
    text: str,
    now: datetime,
    team: Team | None = None,
    row: Model | None = None,
    changes: Sequence[Change] = (),
    reason: str = "",
    history_id: int | None = None,
) -> AuditEntry:
    """Add one entry. `row` is what it is about."""
    entry = AuditEntry(
        at=now,
        act=act,
        actor=actor.name[:200],
        user_id=actor.user_id,
        address=actor.address,
        team_id=team.pk if team else None,
        team_name=team.name if team else "",
        model=row._meta.label_lower if row else "",
        object_id=str(row.pk or "") if row else "",
        object_name=str(row)[:NAME_LIMIT] if row else "",
        sentence=text,
        changes=[asdict(change) for change in changes],
        reason=reason,
        history_id=history_id,
    )
    entry.save()
    return entry


def write_history(row: Model, record: Any, actor: Actor) -> None:
    """Add the entry of a historical row that was just written; none when it differs in nothing from the one before."""
    team = _team_of(row)
    if team is not None and team.purpose != Purpose.PEOPLE:
        return  # Midwatch's own doing: nobody configured it
    act = VERBS[record.history_type]
    before = record.prev_record if act is Act.CHANGED else None
    changes = [Change(each.field, each.old, each.new) for each in changes_between(record, before)] if before else []
    if act is Act.CHANGED and before and not changes and not _new_secret(row):
        return
    kind = str(row._meta.verbose_name)
    write(
        act=act,
        actor=actor,
        text=sentence(actor.name, act.value, kind, str(row), changes),
        now=record.history_date,
        team=team,
        row=row,
        changes=changes,
        reason=record.history_change_reason or "",
        history_id=record.history_id,
    )


def _new_secret(row: Any) -> bool:
    """Whether a write that shows no difference was one of a secret, which no history holds. A user is written at each
    sign-in too; while a new password is stored, Django keeps it on the object."""
    if any(field.name == "password" for field in row._meta.get_fields()):
        return getattr(row, "_password", None) is not None
    return any(field.name == "secrets" for field in row._meta.get_fields())


def _team_of(row: Any) -> Team | None:
    """The team that the row belongs to, by itself or by what it is part of."""
    if isinstance(row, Team):
        return row
    for owner in ("team", "connection", "rule", "rotation", "escalation", "channel"):
        found = getattr(row, owner, None)
        if isinstance(found, Team):
            return found
        if found is not None and isinstance(getattr(found, "team", None), Team):
            team: Team = found.team
            return team
    return None

"""Taking a change of configuration back: what it changed gets the values that it had before.

What has a service that checks and saves it names a restorer in the settings (MIDWATCH_RESTORERS); the rest is written
as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from apps.changes.audit.actor import Actor, current, name_of
from apps.changes.audit.writing import write
from apps.changes.models import Act, AuditEntry
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User

Restorer = Callable[..., None]
# A role, an account or a key is given by whoever may, with its own rules; it is not brought back by an undo.
NEVER = (
    "teams.member", "teams.user", "teams.apitoken", "teams.invitation", "teams.signinprovider", "teams.groupmapping",
)  # fmt: skip
GONE = "{name} does not exist any more, so this change of it cannot be undone. Add it again."
ONLY_CHANGES = "Only a change can be undone. Delete what was added, and add what was deleted, on its own page."
BY_HAND = "Access is given and taken on its own page, not by an undo."
SECRET = "A secret is never kept in the history. Enter the old one again on the page of {name}."  # noqa: S105
CHANGED_SINCE = "{name} was changed again since. Undo the later changes first."


def can_undo(entry: AuditEntry) -> str:
    """Empty when the change can be undone, else why not, as a sentence."""
    if entry.act != Act.CHANGED or entry.history_id is None:
        return ONLY_CHANGES
    if entry.model in NEVER:
        return BY_HAND
    if not entry.changes:
        return SECRET.format(name=entry.object_name)
    later = AuditEntry.objects.filter(model=entry.model, object_id=entry.object_id, pk__gt=entry.pk)
    if later.filter(act=Act.DELETED).exists():
        return GONE.format(name=entry.object_name)
    if later.filter(act=Act.CHANGED).exists():
        return CHANGED_SINCE.format(name=entry.object_name)
    return ""


def undo(entry: AuditEntry, user: User, now: datetime) -> None:
    """See `services.undo`."""
    problem = can_undo(entry)
    if problem:
        raise InvalidInput(problem)
    model = apps.get_model(entry.model)
    row = model._default_manager.filter(pk=entry.object_id).first()
    record = model.history.filter(history_id=entry.history_id).first()
    before = record.prev_record if record else None
    if row is None or before is None:
        raise InvalidInput(GONE.format(name=entry.object_name))
    restorer: Restorer = import_string(settings.MIDWATCH_RESTORERS.get(entry.model, f"{__name__}.write_back"))
    restorer(row=row, before=before, now=now)
    _note(entry, user, now, row)


def write_back(*, row: Any, before: Any, now: datetime) -> None:
    """Give `row` the values of the historical row `before`, with its links to others that still exist."""
    for field in before.instance_type._meta.concrete_fields:
        if hasattr(before, field.attname) and not field.primary_key:
            setattr(row, field.attname, getattr(before, field.attname))
    row.save()
    for field in before._history_m2m_fields:
        name = field.m2m_reverse_field_name()
        wanted = [getattr(link, f"{name}_id") for link in getattr(before, field.name).all()]
        getattr(row, field.name).set(field.related_model._default_manager.filter(pk__in=wanted))


def _note(entry: AuditEntry, user: User, now: datetime, row: Model) -> None:
    actor = Actor(name_of(user), user.pk, current().address)
    text = f"{actor.name} undid entry {entry.pk}: {entry.sentence}"
    team = Team.objects.filter(pk=entry.team_id).first() if entry.team_id else None
    write(act=Act.UNDONE, actor=actor, text=text, now=now, team=team, row=row)

"""Taking back what was done to the configuration, from its history.

A change gets the values that were before; what was deleted is made again; what was added is deleted on its own page,
which says what goes along. What has a service that checks and saves it names a restorer for the one and a remaker for
the other in the settings (MIDWATCH_RESTORERS, MIDWATCH_REMAKERS); other changes are written as it was, and of what has
no remaker a deletion is final.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Max, Model, Q
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from apps.changes.audit.actor import Actor, current, name_of
from apps.changes.audit.writing import write
from apps.changes.models import Act, AuditEntry
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import Team, User

Restorer = Callable[..., None]
Remaker = Callable[..., Model]
# A role, an account or a key is given by whoever may, with its own rules; it is not brought back by an undo.
NEVER = (
    "teams.member", "teams.user", "teams.apitoken", "teams.invitation", "teams.signinprovider", "teams.groupmapping",
    "teams.provisioningtoken",
)  # fmt: skip
SEES_EVERYTHING = "sees everything"  # of a team: its own administrators, who may undo the rest, never say it
GONE = "{name} does not exist any more, so this change of it cannot be undone. Add it again."
NOTHING_DONE = "Only what was added, changed or deleted can be undone."
ON_ITS_OWN = "Delete it on its own page, or on the page of what it belongs to."
DELETED_SINCE = "{name} was deleted since."
THERE_AGAIN = "{name} was added again since."
FOR_GOOD = "{name} cannot be brought back from its history, which holds no secrets. Add it again on its own page."
BY_HAND = "Access is given and taken on its own page, not by an undo."
SECRET = "A secret is never kept in the history. Enter the old one again on the page of {name}."  # noqa: S105
CHANGED_SINCE = "{name} was changed again since. Undo the later changes first."


ACTED = (Act.ADDED, Act.CHANGED, Act.DELETED)


@record
class Later:
    """The last entry of each act that came after others: of one object, and of all that have one name in a team."""

    of_object: dict[tuple[str, str, str], int]
    of_name: dict[tuple[str, int | None, str], int]


def problems_of(entries: Collection[AuditEntry]) -> dict[int, str]:
    """For each entry why it cannot be undone, as a sentence; empty when it can be. Two statements for all of them."""
    later = _later(entries)
    return {entry.pk: _problem(entry, later) for entry in entries}


def _later(entries: Collection[AuditEntry]) -> Later:
    acted = [entry for entry in entries if entry.act in ACTED]
    if not acted:
        return Later({}, {})
    rows = AuditEntry.objects.filter(pk__gte=min(entry.pk for entry in acted)).order_by()
    objects = rows.filter(_one_of((entry.model, entry.object_id) for entry in acted), act__in=ACTED)
    acts = objects.values_list("model", "object_id", "act").annotate(Max("pk"))
    deleted = [(entry.model, entry.object_name) for entry in acted if entry.act == Act.DELETED]
    names = rows.filter(_one_of(deleted, "object_name"), act=Act.ADDED)
    added = names.values_list("model", "team_id", "object_name").annotate(Max("pk"))
    return Later(
        {(model, object_id, act): pk for model, object_id, act, pk in acts},
        {(model, team_id, name): pk for model, team_id, name, pk in added},
    )


def _one_of(pairs: Iterable[tuple[str, str]], field: str = "object_id") -> Q:
    """Entries of one of these models and values of `field`: a list per model, which an index answers."""
    values: dict[str, set[str]] = {}
    for model, value in pairs:
        values.setdefault(model, set()).add(value)
    whole = Q(pk__in=[])
    for model, of_model in values.items():
        whole |= Q(model=model, **{f"{field}__in": of_model})
    return whole


def _problem(entry: AuditEntry, later: Later) -> str:
    def since(act: Act) -> bool:
        return later.of_object.get((entry.model, entry.object_id, act), 0) > entry.pk

    name = entry.object_name
    if entry.act not in ACTED or entry.history_id is None:
        return NOTHING_DONE
    if entry.model in NEVER or _gives_sight(entry):
        return BY_HAND
    if entry.act == Act.ADDED:
        if entry.model == "teams.team":
            return BY_HAND
        return DELETED_SINCE.format(name=name) if since(Act.DELETED) else "" if delete_page(entry) else ON_ITS_OWN
    if entry.act == Act.DELETED:
        if later.of_name.get((entry.model, entry.team_id, name), 0) > entry.pk:
            return THERE_AGAIN.format(name=name)
        return "" if entry.model in settings.MIDWATCH_REMAKERS else FOR_GOOD.format(name=name)
    if not entry.changes:
        return SECRET.format(name=name)
    if since(Act.DELETED):
        return GONE.format(name=name)
    return CHANGED_SINCE.format(name=name) if since(Act.CHANGED) else ""


def _gives_sight(entry: AuditEntry) -> bool:
    return entry.model == "teams.team" and any(each["field"] == SEES_EVERYTHING for each in entry.changes)


def delete_page(entry: AuditEntry) -> str:
    """Where what was added can be deleted, after a word on what goes along; empty where it has no such page."""
    try:
        return reverse(f"admin:{entry.model.replace('.', '_')}_delete", args=[entry.object_id])
    except NoReverseMatch:
        return ""


def undo(entry: AuditEntry, user: User, now: datetime) -> None:
    """See `services.undo`."""
    problem = problems_of([entry])[entry.pk]
    if problem or entry.act == Act.ADDED:
        raise InvalidInput(problem or "Delete it on its own page, which says what goes along.")
    row = _made_again(entry, now) if entry.act == Act.DELETED else _set_back(entry, now)
    _note(entry, user, now, row)


def _set_back(entry: AuditEntry, now: datetime) -> Model:
    model = apps.get_model(entry.model)
    row = model._default_manager.filter(pk=entry.object_id).first()
    record = model.history.filter(history_id=entry.history_id).first()
    before = record.prev_record if record else None
    if row is None or before is None:
        raise InvalidInput(GONE.format(name=entry.object_name))
    restorer: Restorer = import_string(settings.MIDWATCH_RESTORERS.get(entry.model, f"{__name__}.write_back"))
    restorer(row=row, before=before, now=now)
    set_back: Model = row
    return set_back


def _made_again(entry: AuditEntry, now: datetime) -> Model:
    """A deletion takes the links first, so its own historical row knows none: the one before has them."""
    record = apps.get_model(entry.model).history.filter(history_id=entry.history_id).first()
    team = Team.objects.filter(pk=entry.team_id).first() if entry.team_id else None
    if record is None or team is None:
        raise InvalidInput(FOR_GOOD.format(name=entry.object_name))
    remaker: Remaker = import_string(settings.MIDWATCH_REMAKERS[entry.model])
    return remaker(team=team, gone=record.prev_record or record, now=now)


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

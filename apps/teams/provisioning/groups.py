"""Groups that a provider pushes. What they give here is decided by the provider's mapping."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import ProvisionedGroup, ProvisionedUser, SignInProvider
from apps.teams.provisioning.people import AlreadyTaken
from apps.teams.provisioning.standing import settle, settle_everybody


@record
class SentGroup:
    """What a provider says of a group."""

    name: str
    external_id: str
    people: frozenset[UUID]


@transaction.atomic
def push_group(*, provider: SignInProvider, sent: SentGroup) -> ProvisionedGroup:
    """Take the group in. Raises AlreadyTaken for a name that is there, and InvalidInput for unknown people."""
    first = not provider.groups.exists()
    group = _write(ProvisionedGroup(provider=provider), sent)
    if first:  # from now on the groups decide for all, also for those who are in none
        settle_everybody(provider)
    return group


@transaction.atomic
def change_group(*, group: ProvisionedGroup, sent: SentGroup) -> ProvisionedGroup:
    """Make the group what the provider says. Raises as `push_group` does."""
    return _write(group, sent)


@transaction.atomic
def remove_group(*, group: ProvisionedGroup) -> None:
    """Forget the group, and end what it gave."""
    people = list(group.people.select_related("user", "provider"))
    group.delete()
    for person in people:
        settle(person)


def _write(group: ProvisionedGroup, sent: SentGroup) -> ProvisionedGroup:
    same = ProvisionedGroup.objects.filter(provider=group.provider, name__iexact=sent.name).exclude(pk=group.pk)
    if same.exists():
        raise AlreadyTaken(f"There is a group named {sent.name} already.", field="displayName")
    before = set() if group._state.adding else set(group.people.values_list("pk", flat=True))
    renamed = (group.name, group.external_id) != (sent.name, sent.external_id)
    group.name, group.external_id = sent.name, sent.external_id
    group.save()
    group.people.add(*_known(group.provider, sent.people - before))
    group.people.remove(*_people(before - sent.people))
    for person in _people(before | sent.people if renamed else before ^ sent.people):
        settle(person)
    return group


def _known(provider: SignInProvider, wanted: frozenset[UUID]) -> list[ProvisionedUser]:
    found = [each for each in _people(wanted) if each.provider_id == provider.pk and not each.gone]
    if unknown := wanted - {each.pk for each in found}:
        raise InvalidInput(f"There is no person {min(unknown)}. Send people before their groups.", field="members")
    return found


def _people(ids: Iterable[UUID]) -> list[ProvisionedUser]:
    return list(ProvisionedUser.objects.filter(pk__in=ids).select_related("user", "provider"))

"""People whom a provider sends: made, changed and ended as it says, and never taken from somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import ApiToken, Member, ProvisionedUser, Role, SignInProvider, User
from apps.teams.provisioning.standing import settle


class AlreadyTaken(InvalidInput):
    """Somebody or something else has this name or address."""


@record
class SentPerson:
    """What a provider says of a person. `attributes` is the rest, kept only to be answered again."""

    user_name: str
    email: str
    name: str
    external_id: str
    active: bool
    attributes: dict[str, Any]


@transaction.atomic
def provision(*, provider: SignInProvider, sent: SentPerson, now: datetime) -> ProvisionedUser:
    """Take the person in: as a new account, as their own account of before, or again after they were gone.

    Raises AlreadyTaken for an account that another provider or a local administrator has, and InvalidInput for an
    address outside the provider's domains.
    """
    _check_name(provider, sent)
    _check_domain(provider, sent.email)
    user = User.objects.filter(email__iexact=sent.email).first()
    before = ProvisionedUser.objects.filter(user=user).first() if user else None
    if before and before.provider_id == provider.pk and before.gone:
        before.gone = False
        return _write(before, sent, now)
    if user is None:
        user = User.objects.create_user(sent.email, name=sent.name, is_active=sent.active)
        return _write(ProvisionedUser(provider=provider, user=user, active=sent.active), sent, now)
    _check_adoption(provider, user)
    return _write(ProvisionedUser(provider=provider, user=user), sent, now)


@transaction.atomic
def change_person(*, person: ProvisionedUser, sent: SentPerson, now: datetime) -> ProvisionedUser:
    """Make the person what the provider says. Raises as `provision` does, also for a new address of an administrator
    whom people made one here."""
    _check_name(person.provider, sent, own=person)
    if sent.email.lower() != person.user.email:
        _check_domain(person.provider, sent.email)
        if User.objects.filter(email__iexact=sent.email).exclude(pk=person.user_id).exists():
            raise AlreadyTaken(f"Somebody else has the address {sent.email}.", field="emails")
        if _is_local_administrator(person.user):
            raise InvalidInput("An administrator's mail address is changed in Midwatch.", field="emails")
    return _write(person, sent, now)


@transaction.atomic
def remove_person(*, person: ProvisionedUser, now: datetime) -> None:
    """End the person's access. The account stays, since the audit and old incidents name it."""
    person.gone, person.active = True, False
    person.user_name = str(person.pk)  # the name may be given to somebody else
    person.save()
    person.groups.clear()
    _set_active(person.user, active=False, now=now)
    settle(person)


def _write(person: ProvisionedUser, sent: SentPerson, now: datetime) -> ProvisionedUser:
    """Access changes only when the provider changes its mind: what an administrator here decided stays till then."""
    switched = person.active != sent.active
    person.user_name, person.external_id = sent.user_name, sent.external_id
    person.active, person.attributes = sent.active, sent.attributes
    person.save()
    user, email = person.user, sent.email.lower()
    if (user.email, user.name) != (email, sent.name):
        user.email, user.name = email, sent.name
        user.save()
        EmailAddress.objects.filter(user=user).exclude(email__iexact=email).delete()
    if switched:
        _set_active(user, active=sent.active, now=now)
    if not person.active or person.provider.groups.exists():
        settle(person)
    return person


def _set_active(user: User, *, active: bool, now: datetime) -> None:
    if user.is_active != active:
        user.is_active = active
        if not active:
            user.set_unusable_password()  # which ends every session for good: each holds a digest of what was before
        user.save()
    if not active:
        for token in ApiToken.objects.filter(user=user, revoked_at=None):
            token.revoked_at = now
            token.save()


def _check_name(provider: SignInProvider, sent: SentPerson, own: ProvisionedUser | None = None) -> None:
    same = ProvisionedUser.objects.filter(provider=provider, user_name__iexact=sent.user_name, gone=False)
    if (same.exclude(pk=own.pk) if own else same).exists():
        raise AlreadyTaken(f"There is a person named {sent.user_name} already.", field="userName")


def _check_domain(provider: SignInProvider, email: str) -> None:
    domains = provider.settings.get("domains") or []
    if domains and email.rpartition("@")[2].lower() not in domains:
        raise InvalidInput(f"{email} is not of {', '.join(sorted(domains))}, which {provider} is for.", field="emails")


def _check_adoption(provider: SignInProvider, user: User) -> None:
    """An account of before is gone on with when it is within the provider's domains, or came in by it."""
    came_in = SocialAccount.objects.filter(user=user, provider=provider.key).exists()
    if ProvisionedUser.objects.filter(user=user).exists():
        raise AlreadyTaken(f"{user.email} has been provisioned already.", field="userName")
    if _is_local_administrator(user):
        raise AlreadyTaken(f"{user.email} is a local administrator, whom no provider changes.", field="userName")
    if not user.is_active:
        raise AlreadyTaken(f"An administrator of Midwatch ended the access of {user.email}.", field="userName")
    if not came_in and not provider.settings.get("domains"):
        said = f"{user.email} has an account of its own. Give {provider} its domains in Midwatch to take it over."
        raise AlreadyTaken(said, field="userName")


def _is_local_administrator(user: User) -> bool:
    given = Member.objects.filter(user=user, role=Role.ADMINISTRATOR, provider=None)
    return user.is_superuser or given.exists()

"""The people of a provider, read and written in SCIM's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.api.scim import patching
from apps.api.scim.answers import listed, page_asked, trimmed
from apps.api.scim.filtering import PEOPLE, lookups, number
from apps.api.scim.refusals import missing
from apps.api.scim.shapes import OF_PEOPLE, canonical, person_values, sent_person, shown_person
from apps.common.clock import utc_now
from apps.teams.models import ProvisionedUser, SignInProvider
from apps.teams.services import change_person, provision, remove_person

Values = dict[str, Any]
ROWS = ProvisionedUser.objects.filter(gone=False).select_related("user", "provider")


def found(provider: SignInProvider, query: Mapping[str, str], root: str) -> Values:
    first, count = page_asked(query)
    rows = ROWS.filter(provider=provider)
    for field, value in lookups(query.get("filter", ""), PEOPLE):
        rows = rows.filter(**{field: value})
    page = rows.prefetch_related("groups")[first - 1 : first - 1 + count]
    return listed([trimmed(shown_person(row, root), query) for row in page], total=rows.count(), first=first)


def row(provider: SignInProvider, pk: str) -> ProvisionedUser:
    """Raises Refusal when the provider has nobody of this number."""
    person = ROWS.filter(provider=provider, pk=number(pk)).first()
    if person is None:
        raise missing("person", pk)
    return person


def made(provider: SignInProvider, body: Values, root: str) -> Values:
    sent = sent_person(canonical(body, OF_PEOPLE))
    return shown_person(provision(provider=provider, sent=sent, now=utc_now()), root)


def shown(person: ProvisionedUser, query: Mapping[str, str], root: str) -> Values:
    return trimmed(shown_person(person, root), query)


def replaced(person: ProvisionedUser, body: Values, root: str) -> Values:
    sent = sent_person(canonical(body, OF_PEOPLE), active=person.active)
    return shown_person(change_person(person=person, sent=sent, now=utc_now()), root)


def patched(person: ProvisionedUser, body: Values, root: str) -> Values:
    sent = sent_person(patching.patched(person_values(person), body, OF_PEOPLE), active=person.active)
    return shown_person(change_person(person=person, sent=sent, now=utc_now()), root)


def removed(person: ProvisionedUser) -> None:
    remove_person(person=person, now=utc_now())

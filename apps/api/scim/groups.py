"""The groups of a provider, read and written in SCIM's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.api.scim import patching
from apps.api.scim.answers import listed, page_asked, trimmed
from apps.api.scim.filtering import GROUPS, lookups, number
from apps.api.scim.refusals import missing
from apps.api.scim.shapes import OF_GROUPS, canonical, group_values, sent_group, shown_group
from apps.teams.models import ProvisionedGroup, SignInProvider
from apps.teams.services import change_group, push_group, remove_group

Values = dict[str, Any]
ROWS = ProvisionedGroup.objects.select_related("provider")


def found(provider: SignInProvider, query: Mapping[str, str], root: str) -> Values:
    first, count = page_asked(query)
    rows = ROWS.filter(provider=provider)
    for field, value in lookups(query.get("filter", ""), GROUPS):
        rows = rows.filter(**{field: value})
    page = rows.prefetch_related("people")[first - 1 : first - 1 + count]
    return listed([trimmed(shown_group(row, root), query) for row in page], total=rows.count(), first=first)


def row(provider: SignInProvider, pk: str) -> ProvisionedGroup:
    """Raises Refusal when the provider has no group of this number."""
    group = ROWS.filter(provider=provider, pk=number(pk)).first()
    if group is None:
        raise missing("group", pk)
    return group


def made(provider: SignInProvider, body: Values, root: str) -> Values:
    return shown_group(push_group(provider=provider, sent=sent_group(canonical(body, OF_GROUPS))), root)


def shown(group: ProvisionedGroup, query: Mapping[str, str], root: str) -> Values:
    return trimmed(shown_group(group, root), query)


def replaced(group: ProvisionedGroup, body: Values, root: str) -> Values:
    return shown_group(change_group(group=group, sent=sent_group(canonical(body, OF_GROUPS))), root)


def patched(group: ProvisionedGroup, body: Values, root: str) -> Values:
    sent = sent_group(patching.patched(group_values(group), body, OF_GROUPS))
    return shown_group(change_group(group=group, sent=sent), root)


def removed(group: ProvisionedGroup) -> None:
    remove_group(group=group)

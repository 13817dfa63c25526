"""At every sign-in by a provider, its groups decide the memberships that came from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.teams.models import Member, ProvisionedGroup, Role, SignInProvider, User
from apps.teams.signin.mapping import Given, claims_of, groups_in, roles_of


def roles_from(
    provider: SignInProvider, claims: Mapping[str, Any], groups: frozenset[str] = frozenset()
) -> dict[int, Role]:
    """The roles by team id that these claims give; `groups` are told otherwise, such as GitHub's organisations."""
    found = groups_in(claims_of(claims), provider.settings.get("groups_claim") or "groups") | groups
    return roles_of_groups(provider, found)


def roles_of_groups(provider: SignInProvider, found: frozenset[str]) -> dict[int, Role]:
    """The roles by team id that these groups give."""
    rows = provider.mappings.values_list("group", "team_id", "role")
    return roles_of(found, [Given(group, team_id, Role(role)) for group, team_id, role in rows])


def roles_at_sign_in(
    provider: SignInProvider, user: User, claims: Mapping[str, Any], groups: frozenset[str] = frozenset()
) -> dict[int, Role]:
    """The roles that a sign-in gives. Once the provider pushes groups, those decide, and what is claimed does not."""
    if ProvisionedGroup.objects.filter(provider=provider).exists():
        return roles_of_groups(provider, pushed_groups(provider, user))
    return roles_from(provider, claims, groups)


def pushed_groups(provider: SignInProvider, user: User) -> frozenset[str]:
    """The groups that the provider pushed with this person in them, by their names and by the numbers it has for them:
    a mapping may name either."""
    rows = ProvisionedGroup.objects.filter(provider=provider, people__user=user, people__active=True)
    return frozenset(word for pair in rows.values_list("name", "external_id") for word in pair if word)


@transaction.atomic
def join(*, provider: SignInProvider, user: User, roles: Mapping[int, Role], reason: str = "") -> None:
    """Make the memberships from this provider be `roles`. One that a person gave stays as it is."""
    reason = reason or f"the groups at a sign-in by {provider}"
    held = {member.team_id: member for member in Member.objects.filter(user=user)}
    for team_id, member in held.items():
        if member.provider_id == provider.pk and team_id not in roles:
            _because(member, reason).delete()
    for team_id, role in roles.items():
        member = held[team_id] if team_id in held else Member(team_id=team_id, user=user, provider=provider)
        if member.provider_id == provider.pk and (member._state.adding or member.role != role):
            member.role = role
            _because(member, reason).save()


def _because(member: Member, reason: str) -> Member:
    member._change_reason = reason  # type: ignore[attr-defined]
    return member

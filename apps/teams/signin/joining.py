"""At every sign-in by a provider, its groups decide the memberships that came from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.teams.models import Member, Role, SignInProvider, User
from apps.teams.signin.mapping import Given, claims_of, groups_in, roles_of


def roles_from(
    provider: SignInProvider, claims: Mapping[str, Any], groups: frozenset[str] = frozenset()
) -> dict[int, Role]:
    """The roles by team id that these claims give; `groups` are told otherwise, such as GitHub's organisations."""
    found = groups_in(claims_of(claims), provider.settings.get("groups_claim") or "groups") | groups
    rows = provider.mappings.values_list("group", "team_id", "role")
    return roles_of(found, [Given(group, team_id, Role(role)) for group, team_id, role in rows])


@transaction.atomic
def join(*, provider: SignInProvider, user: User, roles: Mapping[int, Role]) -> None:
    """Make the memberships from this provider be `roles`. One that a person gave stays as it is."""
    held = {member.team_id: member for member in Member.objects.filter(user=user)}
    for team_id, member in held.items():
        if member.provider_id == provider.pk and team_id not in roles:
            _because(member, provider).delete()
    for team_id, role in roles.items():
        member = held[team_id] if team_id in held else Member(team_id=team_id, user=user, provider=provider)
        if member.provider_id == provider.pk and (member._state.adding or member.role != role):
            member.role = role
            _because(member, provider).save()


def _because(member: Member, provider: SignInProvider) -> Member:
    member._change_reason = f"the groups at a sign-in by {provider}"  # type: ignore[attr-defined]
    return member

"""What a provider says of a person, in teams and roles. Pure: the sign-in and the preview ask the same functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apps.teams.models import Role

Claims = Mapping[str, Any]


class Given(NamedTuple):
    """One line of the mapping."""

    group: str
    team_id: int
    role: Role


def claims_of(extra: Claims) -> dict[str, Any]:
    """All claims as one: those of the ID token, and over them those that the user-info address answered."""
    parts = [extra[name] for name in ("id_token", "userinfo") if isinstance(extra.get(name), Mapping)]
    return {name: value for part in parts for name, value in part.items()} if parts else dict(extra)


def groups_in(claims: Claims, claim: str) -> frozenset[str]:
    """The groups under `claim`, which may be a path such as Keycloak's `realm_access.roles`."""
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for step in claim.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(str(each) for each in found) if isinstance(found, list) else frozenset()


def roles_of(groups: Iterable[str], lines: Iterable[Given]) -> dict[int, Role]:
    """The role in each team, by its id: of several, the one that may most."""
    held, order = frozenset(groups), list(Role)
    roles: dict[int, Role] = {}
    for line in lines:
        if line.group in held:
            roles[line.team_id] = max(roles.get(line.team_id, line.role), line.role, key=order.index)
    return roles

"""The only place that decides who may see and do what.

A person sees the objects of the teams that they are a member of; an installation's superuser sees every team. An object
of another team does not exist for a person: pages and the API answer 404.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from apps.common.records import record
from apps.teams.models import ApiToken, Member, Purpose, Role, Team, User

M = TypeVar("M", bound=Model)


class Act(StrEnum):
    """What can be done to a team's objects."""

    VIEW = "view"
    OPERATE = "operate"
    CONFIGURE = "configure"
    ADMINISTER = "administer"


ROLE_ACTS: dict[Role, frozenset[Act]] = {
    Role.VIEWER: frozenset({Act.VIEW}),
    Role.OPERATOR: frozenset({Act.VIEW, Act.OPERATE}),
    Role.MANAGER: frozenset({Act.VIEW, Act.OPERATE, Act.CONFIGURE}),
    Role.ADMINISTRATOR: frozenset(Act),
}


@record
class Grant:
    """What one person or token may do, by team. Loaded once per request."""

    everything: bool
    roles: dict[int, Role]

    def allows(self, act: Act, team_id: int | None) -> bool:
        """Whether `act` is allowed on objects of this team."""
        if self.everything:
            return True
        role = self.roles.get(team_id) if team_id is not None else None
        return role is not None and act in ROLE_ACTS[role]

    def allows_anywhere(self, act: Act) -> bool:
        """Whether `act` is allowed in at least one team: whether to offer the page at all."""
        return self.everything or any(act in ROLE_ACTS[role] for role in self.roles.values())

    def team_ids(self, act: Act) -> list[int]:
        """The teams in which `act` is allowed; only asked when `everything` is false."""
        return [team_id for team_id, role in self.roles.items() if act in ROLE_ACTS[role]]


NOTHING = Grant(everything=False, roles={})


def grant_of(user: User | AnonymousUser | Any) -> Grant:
    """The grant of a signed-in person; nothing for anyone else. Kept on the user object for the request."""
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    kept: Grant | None = getattr(user, "_midwatch_grant", None)
    if kept is None:
        rows = Member.objects.filter(user=user).values_list("team_id", "role")
        kept = Grant(everything=user.is_superuser, roles={team_id: Role(role) for team_id, role in rows})
        user._midwatch_grant = kept  # type: ignore[attr-defined]
    return kept


def grant_of_token(token: ApiToken) -> Grant:
    """The grant of a token: its role in its own team; one that acts for a member never gives more than the member's."""
    role = Role(token.role)
    if token.user_id is None:
        return Grant(everything=False, roles={token.team_id: role})
    member = Member.objects.filter(team=token.team_id, user=token.user_id, user__is_active=True).first()
    if member is None:
        return NOTHING
    least = min(role, Role(member.role), key=list(Role).index)
    return Grant(everything=False, roles={token.team_id: least})


def allowed(rows: QuerySet[M], grant: Grant, *, act: Act = Act.VIEW, team: str = "team") -> QuerySet[M]:
    """The rows that may be seen (or acted on). `team` is the path from a row to its team, `""` for teams themselves."""
    path = f"{team}_id__in" if team else "pk__in"
    if grant.everything:
        return rows.exclude(**{path: Team.every.filter(purpose=Purpose.CANARY).values("pk")})
    return rows.filter(**{path: grant.team_ids(act)})


def teams_for(grant: Grant, act: Act) -> QuerySet[Team]:
    """The teams in which `act` is allowed, for choosing one in a form."""
    return allowed(Team.objects.all(), grant, act=act, team="")

"""The only place that decides who may see and do what.

A person sees the objects of the teams that they are a member of, and acts on them as the role in that team allows
(`teams.rights`). Beside that they may only read: the rules that are shared with one of their teams, with the incidents
about them; and what every team has, when a team of theirs sees everything. An installation's superuser may do
everything. What a person may not see does not exist for them: pages and the API answer 404.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from apps.common.records import record
from apps.teams.models import ApiToken, Member, Purpose, Role, Team, User
from apps.teams.rights import RANK, Act, includes

__all__ = ["NOTHING", "Act", "Grant", "allowed", "grant_of", "grant_of_token", "shared_rules", "teams_for"]

M = TypeVar("M", bound=Model)
# What is read together with a shared rule: the path from a row of the model to the number of its rule.
WITH_A_RULE = {"rules.rule": "pk", "rules.rulestate": "rule", "alerts.incident": "rule_id"}


@record
class Grant:
    """What one person or token may do, by team. Loaded once per request.

    `reads_all`: what every team has may be read. `guests`: those of the teams with which rules of others are shared.
    """

    everything: bool
    roles: dict[int, Role]
    reads_all: bool = False
    guests: frozenset[int] = frozenset()

    def allows(self, act: Act, team_id: int | None) -> bool:
        """Whether `act` is allowed on all objects of this team. (A shared rule is read without it: ask `allowed`.)"""
        if self.everything or (self.reads_all and act is Act.VIEW):
            return True
        role = self.roles.get(team_id) if team_id is not None else None
        return role is not None and includes(role, act)

    def allows_anywhere(self, act: Act) -> bool:
        """Whether `act` is allowed in at least one team: whether to offer the page at all."""
        return self.everything or any(includes(role, act) for role in self.roles.values())

    def team_ids(self, act: Act) -> list[int]:
        """The own teams in which `act` is allowed; only asked when `everything` is false."""
        return [team_id for team_id, role in self.roles.items() if includes(role, act)]

    @property
    def is_guest(self) -> bool:
        """Whether some things of other teams may be seen, and others of the same teams not."""
        return bool(self.guests) and not self.everything and not self.reads_all

    @property
    def of_several_teams(self) -> bool:
        """Whether what may be seen can belong to more than one team, so that lists say whose it is."""
        return self.everything or self.reads_all or len(self.roles) > 1 or bool(self.guests)


NOTHING = Grant(everything=False, roles={})


def grant_of(user: User | AnonymousUser | Any) -> Grant:
    """The grant of a signed-in person; nothing for anyone else. Kept on the user object for the request."""
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    kept: Grant | None = getattr(user, "_midwatch_grant", None)
    if kept is None:
        kept = _grant(Member.objects.filter(user=user), everything=user.is_superuser)
        user._midwatch_grant = kept  # type: ignore[attr-defined]
    return kept


def _grant(members: QuerySet[Member], *, everything: bool) -> Grant:
    guest = Exists(Team.every.filter(pk=OuterRef("team"), shared_rules__isnull=False))
    rows = list(members.annotate(guest=guest).values_list("team_id", "role", "team__sees_everything", "guest"))
    return Grant(
        everything=everything,
        roles={team_id: Role(role) for team_id, role, _, _ in rows},
        reads_all=any(sees_everything for _, _, sees_everything, _ in rows),
        guests=frozenset(team_id for team_id, _, _, is_guest in rows if is_guest),
    )


def grant_of_token(token: ApiToken) -> Grant:
    """The grant of a token: its role in its own team; one that acts for a member never gives more than the member's.
    It reads what is shared with that team."""
    role, team = Role(token.role), token.team
    if token.user_id is not None:
        member = Member.objects.filter(team=team, user=token.user_id, user__is_active=True).first()
        if member is None:
            return NOTHING
        role = min(role, Role(member.role), key=RANK.__getitem__)
    guests = frozenset([team.pk] if Team.every.filter(pk=team.pk, shared_rules__isnull=False).exists() else [])
    return Grant(everything=False, roles={team.pk: role}, reads_all=team.sees_everything, guests=guests)


def allowed(
    rows: QuerySet[M], grant: Grant, *, act: Act = Act.VIEW, team: str = "team", shared: bool = True
) -> QuerySet[M]:
    """The rows that may be seen (or acted on). `team` is the path from a row to its team, `""` for teams themselves;
    without `shared` only of teams that are seen as a whole, for figures that would be wrong of a part."""
    path = f"{team}_id__in" if team else "pk__in"
    if grant.everything:
        return rows.exclude(**{path: Team.every.filter(purpose=Purpose.CANARY).values("pk")})
    asked = Q(**{path: grant.team_ids(act)})
    if act is Act.VIEW and grant.reads_all:
        asked |= Q(**{path: Team.objects.values("pk")})
    elif shared and act is Act.VIEW and grant.is_guest and (rule := WITH_A_RULE.get(rows.model._meta.label_lower)):
        asked |= Q(**{f"{rule}__in": shared_rules(grant)})
    return rows.filter(asked)


def shared_rules(grant: Grant) -> QuerySet[Team, Any]:
    """The numbers of the rules of other teams that are shared with the teams of `grant`, to be asked within a query."""
    return Team.objects.filter(pk__in=grant.guests, shared_rules__isnull=False).values("shared_rules")


def teams_for(grant: Grant, act: Act) -> QuerySet[Team]:
    """The teams in which `act` is allowed, for choosing one in a form."""
    return allowed(Team.objects.all(), grant, act=act, team="")

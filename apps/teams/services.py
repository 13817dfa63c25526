"""The door of teams: users, memberships, tokens and what sign-in needs of other apps."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.common.errors import InvalidInput
from apps.teams.models import OWN_TEAMS, ApiToken, Member, Role, Team, User
from apps.teams.provisioning.groups import SentGroup, change_group, push_group, remove_group
from apps.teams.provisioning.keys import use_provisioning_key
from apps.teams.provisioning.people import AlreadyTaken, SentPerson, change_person, provision, remove_person
from apps.teams.rights import RANK
from apps.teams.signin import glass, resealing

__all__ = [
    "AlreadyTaken",
    "SentGroup",
    "SentPerson",
    "add_member",
    "break_glass_token",
    "change_group",
    "change_person",
    "ensure_team",
    "issue_own_token",
    "issue_token",
    "provision",
    "push_group",
    "remove_group",
    "remove_person",
    "reseal_second_steps",
    "revoke_token",
    "use_provisioning_key",
    "use_token",
]

TOKEN_PREFIX = "mw_"  # noqa: S105 (a prefix, not a secret)


@transaction.atomic
def ensure_team(*, name: str) -> Team:
    """The team of this name, made when it is missing. Raises InvalidInput for a team of Midwatch's own."""
    if name in OWN_TEAMS:
        raise InvalidInput(f"{name} is a team of Midwatch itself. Choose another name.", field="team")
    return Team.objects.get_or_create(name=name)[0]


@transaction.atomic
def add_member(*, team: Team, user: User, role: Role) -> Member:
    """Give `user` a role in `team`; a member's role is changed. From then on no groups of a provider change it."""
    return Member.objects.update_or_create(team=team, user=user, defaults={"role": role, "provider": None})[0]


@transaction.atomic
def issue_token(
    *,
    team: Team,
    name: str,
    role: Role = Role.MANAGER,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make (or replace) the team's token of this name and return the key. It cannot be shown again.

    With `user` it acts for that member, never with more than the member's own role. Raises InvalidInput when that
    person is not in the team.
    """
    if user and not Member.objects.filter(team=team, user=user).exists():
        raise InvalidInput(f"{user} is not in the team {team}, so no token can act for {user} there.", field="user")
    key = TOKEN_PREFIX + secrets.token_urlsafe(32)
    wanted = {"role": role, "digest": _digest(key), "user": user, "expires_at": expires_at, "revoked_at": None}
    ApiToken.objects.update_or_create(team=team, name=name, defaults=wanted)
    return key


@transaction.atomic
def issue_own_token(*, user: User, team: Team, name: str, role: Role, expires_at: datetime | None = None) -> str:
    """Make (or replace) a token by which a member's programs act for the member, and return the key. It cannot be shown
    again. Raises InvalidInput for a role above the member's own, and for a name that another token has."""
    member = Member.objects.filter(team=team, user=user).first()
    if member is None:
        raise InvalidInput(f"You are not in the team {team}.", field="team")
    if RANK[role] > RANK[Role(member.role)]:
        own = Role(member.role).label.lower()
        raise InvalidInput(f"Your own role in {team} is {own}. A token cannot have a higher one.", field="role")
    if ApiToken.objects.filter(team=team, name=name).exclude(user=user).exists():
        raise InvalidInput(f"Another token of {team} has this name. Choose a different one.", field="name")
    return issue_token(team=team, name=name, role=role, user=user, expires_at=expires_at)


def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """End the token for good; its record stays."""
    if token.revoked_at is None:
        token.revoked_at = now
        token.save()


def use_token(*, key: str) -> ApiToken | None:
    """The token of this key, noted as used now; None when no such token exists, or it ended."""
    now = timezone.now()
    token = ApiToken.objects.select_related("team", "user").filter(digest=_digest(key), revoked_at=None).first()
    if token is None or (token.expires_at and token.expires_at <= now):
        return None
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def break_glass_token(*, user: User) -> str:
    """What a link must hold to sign `user` in around the company login: once, within 15 min."""
    return glass.make(user)


def reseal_second_steps() -> int:
    """Move the secrets of second steps to the first encryption key. Returns how many people's things had another.

    Raises SecretsUnreadable when no configured key opens one.
    """
    return resealing.reseal()


def _digest(key: str) -> str:
    # The key has 256 random bits, so a plain fast hash cannot be reversed by guessing.
    return hashlib.sha256(key.encode()).hexdigest()

"""The door of teams: users, memberships and tokens."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from apps.teams.models import ApiToken, Member, Role, Team, User

TOKEN_PREFIX = "mw_"  # noqa: S105 (a prefix, not a secret)


@transaction.atomic
def ensure_team(*, name: str) -> Team:
    """The team of this name, made when it is missing."""
    return Team.objects.get_or_create(name=name)[0]


@transaction.atomic
def add_member(*, team: Team, user: User, role: Role) -> Member:
    """Give `user` a role in `team`; a member's role is changed."""
    return Member.objects.update_or_create(team=team, user=user, defaults={"role": role})[0]


@transaction.atomic
def issue_token(*, team: Team, name: str, role: Role = Role.MANAGER) -> str:
    """Make (or replace) the team's token of this name and return the key. It cannot be shown again."""
    key = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.update_or_create(team=team, name=name, defaults={"role": role, "digest": _digest(key)})
    return key


def use_token(*, key: str) -> ApiToken | None:
    """The token of this key, noted as used now; None when no such token exists."""
    token = ApiToken.objects.select_related("team").filter(digest=_digest(key)).first()
    if token:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    return token


def _digest(key: str) -> str:
    # The key has 256 random bits, so a plain fast hash cannot be reversed by guessing.
    return hashlib.sha256(key.encode()).hexdigest()

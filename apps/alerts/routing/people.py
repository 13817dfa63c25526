"""Members as receivers of messages: their own mail addresses, and who manages a team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from apps.alerts.models import Channel
from apps.teams.models import Member, Role, User

Pair = tuple[int, int]  # the numbers of a team and of a user


def present(wanted: Collection[Pair]) -> dict[Pair, User]:
    """Those of `wanted` who are members of the team and may still sign in: nobody else is told anything of it."""
    if not wanted:
        return {}
    members = Member.objects.filter(
        team__in={team for team, _ in wanted}, user__in={user for _, user in wanted}, user__is_active=True
    )
    users = {(member.team_id, member.user_id): member.user for member in members.select_related("user")}
    return {pair: users[pair] for pair in wanted if pair in users}


def personal_channels(members: Mapping[Pair, User], *, make: bool) -> dict[Pair, Channel]:
    """The channels of these members. Where one is missing it is made, or, without `make`, only thought up."""
    stored = _stored(members)
    missing = [
        # One that is only thought up has a number that no stored one has.
        Channel(pk=None if make else -user.pk, team_id=team_id, person=user, name=str(user), type="email")
        for (team_id, user_id), user in members.items()
        if (team_id, user_id) not in stored
    ]
    if make and missing:
        Channel.every.bulk_create(missing, ignore_conflicts=True)  # somebody else may make the same one just now
        return _stored(members)
    return stored | {(row.team_id, row.person_id or 0): row for row in missing}


def _stored(members: Mapping[Pair, User]) -> dict[Pair, Channel]:
    if not members:
        return {}
    teams, people = zip(*members, strict=True)
    found = Channel.every.filter(team__in=set(teams), person__in=set(people)).select_related("person")
    return {(row.team_id, row.person_id or 0): row for row in found}


def managers_of(teams: Collection[int]) -> dict[int, list[int]]:
    """The users who manage or administer each team."""
    if not teams:
        return {}
    ranks = (Role.MANAGER, Role.ADMINISTRATOR)
    members = Member.objects.filter(team__in=teams, role__in=ranks, user__is_active=True).order_by("user_id")
    managers: dict[int, list[int]] = defaultdict(list)
    for team_id, user_id in members.values_list("team_id", "user_id"):
        managers[team_id].append(user_id)
    return managers

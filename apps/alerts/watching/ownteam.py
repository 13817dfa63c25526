"""Midwatch's own team: it has the incidents about Midwatch itself, and the mail addresses of single people.

It stands in no list of teams. Its members are the administrators: the superusers, or, where there is none, everybody
who administers a team.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from apps.alerts.models import Channel
from apps.alerts.models.channels import CANARY
from apps.teams.models import CANARY_TEAM, OWN_TEAM, Member, Purpose, Role, Team, User


def own_team() -> Team:
    """The team, made when it is first needed."""
    return Team.every.get_or_create(purpose=Purpose.SELF, defaults={"name": OWN_TEAM})[0]


@transaction.atomic
def with_administrators() -> Team:
    """The team, whose members are the administrators of today."""
    team = own_team()
    people = User.objects.filter(is_active=True)
    wanted = set(people.filter(is_superuser=True).values_list("pk", flat=True))
    if not wanted:
        others = people.filter(memberships__role=Role.ADMINISTRATOR).exclude(memberships__team=team)
        wanted = set(others.values_list("pk", flat=True))
    present = dict(Member.objects.filter(team=team).values_list("user_id", "pk"))
    for user_id in wanted - present.keys():
        Member.objects.get_or_create(team=team, user_id=user_id, defaults={"role": Role.ADMINISTRATOR})
    Member.objects.filter(pk__in=[pk for user_id, pk in present.items() if user_id not in wanted]).delete()
    return team


def own_channels(users: Collection[User]) -> dict[int, Channel]:
    """The mail addresses of these people, by user; for messages that concern nobody else, such as a digest."""
    team = own_team()
    rows = [Channel(team=team, person=user, name=str(user), type="email") for user in users]
    Channel.every.bulk_create(rows, ignore_conflicts=True)
    found = Channel.every.filter(team=team, person__in=users).select_related("person")
    return {row.person_id: row for row in found if row.person_id}


def canary_channel() -> Channel:
    """The channel that only swallows what the canary sends. Its team is one of which nobody sees anything."""
    team = Team.every.get_or_create(purpose=Purpose.CANARY, defaults={"name": CANARY_TEAM})[0]
    return Channel.every.get_or_create(team=team, type=CANARY, person=None, defaults={"name": "canary"})[0]

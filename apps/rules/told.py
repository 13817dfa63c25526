"""Whom a rule names beside its channels: people, an owner, tags by which routes choose, and teams that may read it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts.services import Preview, Subject, who_is_told
from apps.common.errors import InvalidInput
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.teams.models import Member, Team

LONGEST_TAG = 50


def check_told(team: Team, draft: RuleDraft) -> None:
    """Raise InvalidInput where somebody belongs to another team, a tag is none, or a team needs no sharing."""
    if any(member.team_id != team.pk for member in draft.people):
        raise InvalidInput(f"Only members of {team} can be told.", field="people")
    if draft.owner and draft.owner.team_id != team.pk:
        raise InvalidInput(f"The owner must be a member of {team}.", field="owner")
    if team in (draft.shared_with or ()):
        raise InvalidInput(f"The rule belongs to {team} already. Share it with other teams.", field="shared_with")
    for tag in draft.tags:
        if not tag or len(tag) > LONGEST_TAG or tag != tag.strip() or "," in tag or not tag.isprintable():
            raise InvalidInput(
                f"{tag!r} is no tag: write one line without commas, of at most {LONGEST_TAG} characters.", field="tags"
            )


def teams_named(names: Collection[str]) -> tuple[Team, ...]:
    """The teams of these names, to share with. Raises InvalidInput where there is no such team."""
    found = {team.name: team for team in Team.objects.filter(name__in=names)}
    for name in names:
        if name not in found:
            raise InvalidInput(
                f"There is no team {name!r}. Ask one of its members how it is called.", field="shared_with"
            )
    return tuple(found.values())


def members_named(rule: Rule) -> dict[int, Member]:
    """Those whom the rule names, by the number of the user. Who left the team is not among them."""
    named = {user.pk for user in rule.people.all()} | ({rule.owner_id} - {None})
    if not named:
        return {}
    rows = Member.objects.filter(team=rule.team_id, user__in=named).select_related("user")
    return {member.user_id: member for member in rows}


def told_of(rule: Rule, *, table: str, at: datetime) -> Preview:
    """Who would be told if the rule found trouble in `table` (schema.table) at `at`."""
    return who_is_told(
        team=rule.team,
        severity=rule.severity,
        subject=Subject(
            connection_id=rule.connection_id,
            rule_id=rule.pk,
            kind=rule.kind,
            table=table,
            tags=tuple(rule.tags),
            owner=rule.owner.email if rule.owner else "",
        ),
        channel_ids=tuple(channel.pk for channel in rule.notify.all()),
        people=tuple(user.pk for user in rule.people.all()),
        at=at,
    )

"""A rule as it was: for the undo of a change or a deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.rules.services import save_rule, set_paused
from apps.teams.models import Member, Team


def restore(*, row: Rule, before: Any, now: datetime) -> None:
    """Save the rule again with the values of the historical row `before`. Channels and people that are gone are left
    out. Raises InvalidInput when the rule cannot be so any more."""
    save_rule(team=row.team, draft=_draft(row.team, before), instance=row, now=now, verify=False)
    row.refresh_from_db()
    set_paused(rule=row, paused=before.paused, now=now)


def again(*, team: Team, gone: Any, now: datetime) -> Rule:
    """Make the rule of the historical row `gone` anew. What it measured and learned stays gone. Raises InvalidInput."""
    return save_rule(team=team, draft=_draft(team, gone), now=now, verify=False).rule


def _draft(team: Team, before: Any) -> RuleDraft:
    connection = Connection.objects.filter(team=team, pk=before.connection_id).first()
    if connection is None:
        raise InvalidInput("The connection that the rule had before does not exist any more.")
    channels = Channel.objects.filter(team=team, pk__in=[link.channel_id for link in before.notify.all()])
    members = {member.user_id: member for member in Member.objects.filter(team=team)}
    people = [members[link.user_id] for link in before.people.all() if link.user_id in members]
    return RuleDraft(
        name=before.name,
        connection=connection,
        kind=before.kind,
        table=before.table,
        include=tuple(before.include),
        exclude=tuple(before.exclude),
        settings=before.settings,
        severity=before.severity,
        timezone=before.timezone,
        channels=tuple(channels),
        paused=before.paused,
        max_bytes=before.max_bytes,
        tags=tuple(before.tags),
        owner=members.get(before.owner_id),
        people=tuple(people),
        shared_with=tuple(Team.objects.filter(pk__in=[link.team_id for link in before.shared_with.all()])),
    )

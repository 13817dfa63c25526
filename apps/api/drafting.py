"""From a rule as values to a draft that the rules app accepts: names become rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.alerts.models import Channel
from apps.api.specs import RuleSpec
from apps.connections.models import Connection
from apps.rules.services import RuleDraft
from apps.teams.models import Member, Team


@dataclass
class Rows:
    """A team's rows by name, and its members by mail address in small letters. Rows may be not saved yet."""

    team: Team
    connections: dict[str, Connection] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)


def existing_rows(team: Team) -> Rows:
    """What the team has; nothing for a team that is not saved yet."""
    if team._state.adding:
        return Rows(team)
    connections = {row.name: row for row in Connection.objects.filter(team=team)}
    members = {row.user.email.lower(): row for row in Member.objects.filter(team=team).select_related("user")}
    return Rows(team, connections, {row.name: row for row in Channel.objects.filter(team=team)}, members)


def spec_of(draft: RuleDraft) -> RuleSpec:
    """A draft as values, with names in place of rows."""
    return RuleSpec(
        name=draft.name,
        connection=draft.connection.name,
        kind=draft.kind,
        table=draft.table,
        include=draft.include,
        exclude=draft.exclude,
        settings=draft.settings,
        severity=draft.severity,
        timezone=draft.timezone,
        notify=frozenset(channel.name for channel in draft.channels),
        people=frozenset(member.user.email.lower() for member in draft.people),
        owner=draft.owner.user.email.lower() if draft.owner else "",
        tags=frozenset(draft.tags),
        paused=draft.paused,
        max_bytes=draft.max_bytes,
    )


def draft_of(rule: RuleSpec, rows: Rows) -> RuleDraft:
    """The draft of a rule whose connection, channels and people are among `rows`."""
    return RuleDraft(
        name=rule.name,
        connection=rows.connections[rule.connection],
        kind=rule.kind,
        table=rule.table,
        include=rule.include,
        exclude=rule.exclude,
        settings=dict(rule.settings),
        severity=rule.severity,
        timezone=rule.timezone,
        channels=tuple(rows.channels[name] for name in sorted(rule.notify)),
        people=tuple(rows.members[address] for address in sorted(rule.people)),
        owner=rows.members[rule.owner] if rule.owner else None,
        tags=tuple(sorted(rule.tags)),
        paused=rule.paused,
        max_bytes=rule.max_bytes,
        connections=rows.connections,
    )

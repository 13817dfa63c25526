"""From a rule as values to a draft that the rules app accepts: names become rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.alerts.models import Channel
from apps.api.specs import RuleSpec
from apps.connections.models import Connection
from apps.rules.services import RuleDraft
from apps.teams.models import Team


@dataclass
class Rows:
    """A team's rows by name. They may be rows that are not saved yet."""

    team: Team
    connections: dict[str, Connection] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)


def existing_rows(team: Team) -> Rows:
    """What the team has; nothing for a team that is not saved yet."""
    if team._state.adding:
        return Rows(team)
    connections = {row.name: row for row in Connection.objects.filter(team=team)}
    return Rows(team, connections, {row.name: row for row in Channel.objects.filter(team=team)})


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
        paused=draft.paused,
        max_bytes=draft.max_bytes,
    )


def draft_of(rule: RuleSpec, rows: Rows) -> RuleDraft:
    """The draft of a rule whose connection and channels are among `rows`."""
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
        paused=rule.paused,
        max_bytes=rule.max_bytes,
        connections=rows.connections,
    )

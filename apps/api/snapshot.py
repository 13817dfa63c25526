"""What a team has in the database, in the shape of a file."""

from __future__ import annotations

from apps.alerts.models import Channel
from apps.api.secret_names import with_secret_names
from apps.api.specs import ChannelSpec, RuleSpec, StoreSpec, TeamSpec
from apps.connections.models import Connection
from apps.rules.models import Rule
from apps.teams.models import Team


def snapshot(name: str) -> TeamSpec:
    """The configuration of the team of this name; nothing in it when there is no such team."""
    team = Team.objects.filter(name=name).first()
    if team is None:
        return TeamSpec(name)
    return with_secret_names(
        TeamSpec(
            name=name,
            connections={row.name: store_spec(row) for row in Connection.objects.filter(team=team)},
            channels={row.name: channel_spec(row) for row in Channel.objects.filter(team=team)},
            rules={
                row.name: rule_spec(row)
                for row in Rule.objects.filter(team=team).select_related("connection").prefetch_related("notify")
            },
        )
    )


def store_spec(row: Connection) -> StoreSpec:
    return StoreSpec(row.name, row.engine, row.settings, _secrets(row), row.secret_names, row.timezone)


def channel_spec(row: Channel) -> ChannelSpec:
    return ChannelSpec(row.name, row.type, row.settings, _secrets(row), row.secret_names)


def rule_spec(row: Rule) -> RuleSpec:
    """A rule as it stands. Its connection and channels should have been fetched with it."""
    return RuleSpec(
        name=row.name,
        connection=row.connection.name,
        kind=row.kind,
        table=row.table,
        include=tuple(row.include),
        exclude=tuple(row.exclude),
        settings=row.settings,
        severity=row.severity,
        timezone=row.timezone,
        notify=frozenset(channel.name for channel in row.notify.all()),
        paused=row.paused,
        max_bytes=row.max_bytes,
    )


def _secrets(row: Connection | Channel) -> dict[str, str]:
    return {name: secret for name, secret in row.secrets.open().items() if secret}

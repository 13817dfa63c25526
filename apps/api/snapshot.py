"""What a team has in the database, in the shape of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from apps.alerts.models import Channel
from apps.api.secret_names import with_secret_names
from apps.api.specs import ChannelSpec, RuleSpec, StoreSpec, TeamSpec
from apps.connections.models import Connection
from apps.rules.models import Rule
from apps.teams.models import Member, Team, User


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
            rules={row.name: rule_spec(row) for row in with_names(Rule.objects.filter(team=team))},
            members=frozenset(
                email.lower() for email in Member.objects.filter(team=team).values_list("user__email", flat=True)
            ),
        )
    )


def with_names(rules: QuerySet[Rule]) -> QuerySet[Rule]:
    """The rules with all that `rule_spec` reads of other tables."""
    return rules.select_related("connection", "owner").prefetch_related(
        "notify", "people__memberships", "owner__memberships"
    )


def store_spec(row: Connection) -> StoreSpec:
    return StoreSpec(row.name, row.engine, row.settings, _secrets(row), row.secret_names, row.timezone)


def channel_spec(row: Channel) -> ChannelSpec:
    return ChannelSpec(row.name, row.type, row.settings, _secrets(row), row.secret_names)


def rule_spec(row: Rule) -> RuleSpec:
    """A rule as it stands, without those who left the team. Fetch it by `with_names`."""
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
        people=frozenset(_addresses(row, row.people.all())),
        owner=next(_addresses(row, [row.owner] if row.owner else []), ""),
        tags=frozenset(row.tags),
        paused=row.paused,
        max_bytes=row.max_bytes,
    )


def _addresses(rule: Rule, people: Iterable[User]) -> Iterator[str]:
    for user in people:
        if any(member.team_id == rule.team_id for member in user.memberships.all()):
            yield user.email.lower()


def _secrets(row: Connection | Channel) -> dict[str, str]:
    return {name: secret for name, secret in row.secrets.open().items() if secret}

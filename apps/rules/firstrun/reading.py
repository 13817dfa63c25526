"""How far a team is, read from what is stored anyway: the history of its objects, its catalogue, its messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Subquery

from apps.alerts.models import Channel, Delivery, DeliveryStatus, Route
from apps.alerts.services import catch_all
from apps.common.durations import limit_words
from apps.common.records import record
from apps.connections.models import Connection, Table
from apps.rules.firstrun.steps import Found, Progress
from apps.rules.models import Rule, RuleState
from apps.teams.models import Member, Role, Team

ASKED = 5  # people whose names are given
RHYTHMS = 6
TELLS = Q(channels__isnull=False) | Q(people__isnull=False) | Q(rotation__isnull=False) | Q(escalation__isnull=False)
SENT = Delivery.objects.filter(status=DeliveryStatus.SENT)


def read_progress(team: Team) -> Progress:
    """What the team has, in two statements. The first of something may be gone by now: the step was taken all the
    same."""
    of_team = {"team_id": OuterRef("pk")}
    tables = Table.objects.filter(connection__team=OuterRef("pk"), gone_at=None).order_by()
    channels = Channel.objects.filter(**of_team).order_by("pk")
    row = (
        Team.every.filter(pk=team.pk)
        .annotate(
            began=_first(Team, id=OuterRef("pk")),
            first_connection=_first(Connection, **of_team),
            tables_count=Subquery(tables.values("connection__team").annotate(count=Count("pk")).values("count")),
            first_table=Subquery(tables.order_by("first_seen_at").values("first_seen_at")[:1]),
            has_rule=Exists(Rule.objects.filter(**of_team)),
            first_rule=_first(Rule, **of_team),
            channel=Subquery(channels.values("pk")[:1]),
            channel_name=Subquery(channels.values("name")[:1]),
            told=Exists(channels.filter(rules__isnull=False)) | Exists(Route.objects.filter(TELLS, **of_team)),
            first_channel=_first(Channel, **of_team),
            sent=Subquery(SENT.filter(channel__team=OuterRef("pk")).order_by("pk").values("sent_at")[:1]),
        )
        .values()
        .get()
    )
    connections = list(Connection.objects.filter(team=team).select_related("state").order_by("pk"))
    states = [each.state for each in connections if hasattr(each, "state")]
    return Progress(
        began_at=row["began"],
        connections=_found(len(connections), row["first_connection"]),
        tables=_found(row["tables_count"] or 0, row["first_table"]),
        rules=_found(int(row["has_rule"]), row["first_rule"]),
        channels=_found(int(row["channel"] is not None and row["told"]), row["first_channel"]),
        sent=_found(int(row["sent"] is not None), row["sent"]),
        connection=connections[0].pk if connections else None,
        channel=row["channel"],
        untold=row["channel_name"] if row["channel"] is not None and not row["told"] else "",
        failing=next((state.error for state in states if state.failing_since), ""),
    )


def _found(count: int, first_at: datetime | None) -> Found:
    return Found(count, first_at if count else None)


def _first(model: type[Model], **wanted: Any) -> Subquery:
    """When the first of `model` was made, by its history."""
    rows = model.history.filter(history_type="+", **wanted)  # type: ignore[attr-defined]
    return Subquery(rows.order_by("history_date").values("history_date")[:1])


def underway(teams: QuerySet[Team], *, live_since: datetime) -> Team | None:
    """The first of `teams` that has no rule, or to which no message went before `live_since`."""
    sent = SENT.filter(channel__team=OuterRef("pk")).order_by("pk").values("sent_at")[:1]
    rules = Rule.objects.filter(team=OuterRef("pk"))
    found = teams.annotate(has_rule=Exists(rules), first_sent=Subquery(sent)).order_by("name")
    return found.filter(Q(has_rule=False) | Q(first_sent=None) | Q(first_sent__gte=live_since)).first()


def whom_to_ask(team: Team) -> list[str]:
    """Who may set things up in the team."""
    able = Member.objects.filter(team=team, role__in=[Role.MANAGER, Role.ADMINISTRATOR], user__is_active=True)
    return [str(member.user) for member in able.select_related("user").order_by("user__name", "user__email")[:ASKED]]


@record
class Live:
    """What goes on once all is set up. `rhythms`: (how many checks, how often). `example`: a rule, to tell whom
    its trouble would reach. `idle`: channels that no rule and no route names, so that nothing goes there; `route`:
    where one would be named for all."""

    rhythms: list[tuple[str, str]]
    example: Rule | None
    idle: list[str]
    route: Route


def read_live(team: Team) -> Live:
    """What is checked how often, and where nothing goes."""
    states = RuleState.objects.filter(rule__team=team, rule__paused=False).exclude(table="").order_by()
    rows = states.values_list("check_every").annotate(count=Count("pk")).order_by("check_every")[:RHYTHMS]
    rhythms = [
        (f"{count:,} {'check' if count == 1 else 'checks'}", limit_words(timedelta(seconds=every)))
        for every, count in rows
    ]
    rule = Rule.objects.filter(team=team, paused=False).order_by("pk").first()
    idle = Channel.objects.filter(team=team, rules=None, routes=None).order_by("name").values_list("name", flat=True)
    return Live(
        rhythms=rhythms,
        example=rule,
        idle=list(idle[:ASKED]),
        route=catch_all(team),
    )

"""Reads the evidence of an incident; see `settings.MIDWATCH_EVIDENCE`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.alerts.models import Incident
from apps.alerts.services import Evidence
from apps.common.durations import elapsed_words
from apps.connections.services import TableName, parse_table
from apps.rules.charttable import chart_lines
from apps.rules.chartwords import chart_words, moment_words
from apps.rules.evidence.around import chart_around
from apps.rules.evidence.happened import happened_before
from apps.rules.models import Observation, Rule, RuleState

ROWS = 60  # of the table under the chart


def evidence_of(incident: Incident, *, now: datetime) -> Evidence:
    """Everything, in a fixed number of statements."""
    began = began_of(incident)
    rule = Rule.objects.select_related("connection", "team").filter(pk=incident.rule_id or 0).first()
    state = _state(rule, incident)
    chart = chart_around(rule, state, incident, began=began, now=now) if rule and state else {}
    zone = rule.timezone if rule else incident.team.timezone
    return Evidence(
        chart=chart,
        chart_words=chart_words(chart, zone=zone) if chart else "",
        chart_lines=chart_lines(chart, rows=ROWS) if chart else (),
        happened=happened_before(incident, began=began),
        loads=_loads(incident, began=began, now=now, zone=zone),
    )


def began_of(incident: Incident) -> datetime:
    """When the trouble began; where that is not known, when it was noticed."""
    return min(incident.began_at or incident.opened_at, incident.opened_at)


def _state(rule: Rule | None, incident: Incident) -> RuleState | None:
    if rule is None:
        return None
    table = table_of(incident)
    return RuleState.objects.filter(rule=rule, schema=table.schema, table=table.name).first() if table else None


def table_of(incident: Incident) -> TableName | None:
    """The table that it is about; None for one about something else."""
    try:
        return parse_table(incident.table) if incident.table else None
    except ValueError:
        return None


def _loads(incident: Incident, *, began: datetime, now: datetime, zone: str) -> tuple[str, ...]:
    """When the table last changed before the trouble, and first after, by what any rule on it noticed."""
    changes = _changes(incident)
    if changes is None:
        return ()
    before = changes.filter(at__lte=began).order_by("-at").values_list("at", flat=True).first()
    after = changes.filter(at__gt=began).order_by("at").values_list("at", flat=True).first()
    if before is None and after is None:
        return ()
    waited = f" ({elapsed_words(began - before)} before)" if before and began - before > timedelta(seconds=1) else ""
    first = f"The last load before the trouble came on {moment_words(before, zone)}{waited}." if before else ""
    if after:
        then = f"The next one came on {moment_words(after, zone)}."
    else:
        then = f"None came since, as of {moment_words(now, zone)}." if incident.resolved_at is None else ""
    return tuple(sentence for sentence in (first, then) if sentence)


def _changes(incident: Incident) -> QuerySet[Observation] | None:
    table = table_of(incident)
    if table is None or incident.connection_id is None:
        return None
    states = RuleState.objects.filter(connection=incident.connection_id, schema=table.schema, table=table.name)
    return Observation.objects.filter(state__in=list(states.values_list("pk", flat=True)[:50]), measure="changed")

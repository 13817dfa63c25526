"""The records of many rules, read in a handful of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.alerts.models import Incident, TimelineEntry, TimelineKind
from apps.common.months import Month
from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.items import incident_key, unknown_key
from apps.rules.models import Check, Feedback, Rule, RuleState
from apps.rules.precision.record import Alert, Record, Said, record_of

KEPT = 360  # characters of a key that stay as they are: longer ones are stored with a digest


@record
class RuleRecord:
    """A rule, in the month that was asked for and the one before."""

    rule: Rule
    this: Record
    last: Record


def read_records(rules: QuerySet[Rule], month: Month, now: datetime) -> list[RuleRecord]:
    """The records of all these rules, the noisiest first. Checks are not counted yet: see `with_checks`. Of a rule no
    more is read than what names it."""
    found = list(rules.select_related("team", "connection").only("name", "kind", "team__name", "connection__name"))
    chosen, keys = rules.order_by().values("pk"), (month.key, month.before.key)
    tables = dict(
        RuleState.objects.filter(rule__in=chosen).exclude(table="").order_by().values_list("rule").annotate(Count("pk"))
    )
    alerts = _alerts({rule.team_id for rule in found}, month)
    said, missed = _said(chosen, month)
    records = [
        RuleRecord(
            rule,
            *(
                record_of(
                    alerts.get((rule.pk, key), ()), said.get(rule.pk, ()), tables=tables.get(rule.pk, 0),
                    missed=missed.get((rule.pk, key), 0), now=now,
                )
                for key in keys
            ),
        )
        for rule in found
    ]  # fmt: skip
    return sorted(records, key=_place)


def with_checks(records: Iterable[RuleRecord], month: Month) -> list[RuleRecord]:
    """The same with the checks of both months counted. Only for those that are shown: there may be millions."""
    listed = list(records)
    rows: QuerySet[Any, Any] = Check.objects.filter(
        state__rule__in=[each.rule.pk for each in listed], at__gte=month.before.begins, at__lt=month.ends
    )
    early = Q(at__lt=month.begins)
    counted = {
        rule_id: (this, last)
        for rule_id, this, last in rows.order_by()
        .values_list("state__rule")
        .annotate(this=Count("pk", filter=~early), last=Count("pk", filter=early))
    }
    return [_counted(each, *counted.get(each.rule.pk, (0, 0))) for each in listed]


def _counted(record: RuleRecord, this: int, last: int) -> RuleRecord:
    return replace(record, this=replace(record.this, checks=this), last=replace(record.last, checks=last))


def _place(record: RuleRecord) -> tuple[Any, ...]:
    """The noisiest first: by alerts that nobody needed, then those of which nobody said, then all; then last month."""
    ranks = [(-each.not_real, -each.unsaid, -each.alerts) for each in (record.this, record.last)]
    return (*ranks, record.rule.name, record.rule.pk)


def _alerts(team_ids: Collection[int], month: Month) -> Mapping[tuple[int, str], Sequence[Alert]]:
    """The alerts that began in the month or the one before, by rule and month. That a table could not be checked is no
    alert of its rule: it tells of the connection."""
    acknowledged = TimelineEntry.objects.filter(incident=OuterRef("pk"), kind=TimelineKind.ACKNOWLEDGED)
    rows = Incident.objects.filter(
        team__in=team_ids, key__startswith="rule/", opened_at__gte=month.before.begins, opened_at__lt=month.ends
    ).exclude(key__endswith=unknown_key(""))
    begins, this, last = month.begins, month.key, month.before.key
    alerts: dict[tuple[int, str], list[Alert]] = defaultdict(list)
    fields = ("key", "opened_at", "resolved_at", "taken", "reopened", "outcome")
    for key, opened_at, ended_at, taken, reopened, outcome in rows.order_by().annotate(
        taken=Exists(acknowledged)
    ).values_list(*fields):  # fmt: skip
        rule_id = key.split("/", 2)[1]
        if rule_id.isdecimal():
            of = this if opened_at >= begins else last
            alerts[int(rule_id), of].append(Alert(key[:KEPT], opened_at, ended_at, taken, reopened, outcome))
    return alerts


def _said(
    rules: QuerySet[Rule, Any], month: Month
) -> tuple[Mapping[int, Sequence[Said]], Mapping[tuple[int, str], int]]:
    """What people said, and did not take back, of times since the month before: by rule; and how many missed alerts
    they told of, by rule and month."""
    rows = Feedback.objects.filter(state__rule__in=rules, taken_back_at=None, ends__gte=month.before.begins)
    said: dict[int, list[Said]] = defaultdict(list)
    missed: dict[tuple[int, str], int] = defaultdict(int)
    fields = ("state__rule", "state__schema", "state__table", "meaning", "begins", "ends")
    for rule_id, schema, table, meaning, begins, ends in rows.order_by().values_list(*fields):
        if meaning == Feedback.Meaning.MISSED:
            for each in (month, month.before):
                missed[rule_id, each.key] += each.begins <= begins < each.ends
        else:
            key = incident_key(rule_id, TableName(schema, table))[:KEPT]
            said[rule_id].append(Said(key, meaning, begins, ends))
    return said, missed

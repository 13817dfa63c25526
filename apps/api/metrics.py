"""The figures of `/metrics`, in a fixed number of statements whatever the size, and the text that Prometheus reads.

No client library: it would count in each process for itself, while all figures here come from the database.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from apps.alerts.models import Delivery, DeliveryStatus, Severity
from apps.alerts.models.channels import CANARY
from apps.alerts.services import last_audit, last_worked, open_leads, overdue, proven_at
from apps.common.records import record
from apps.rules.models import RuleState, Verdict

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SAMPLES = 10_000  # messages of the last hour whose times are read
QUANTILES = (0.5, 0.95, 0.99)
Values = Sequence[tuple[Mapping[str, str], float]]


@record
class Gauge:
    """One metric: its name, what it means, and its values by labels. One without values is left out."""

    name: str
    meaning: str
    values: Values


def read_gauges(now: datetime) -> Iterator[Gauge]:
    """Every figure as it is at `now`."""
    yield from _rules(now)
    yield from _messages(now)
    yield from _itself(now)


def text_of(gauges: Iterable[Gauge]) -> str:
    """The figures in Prometheus' text format, version 0.0.4 (page "Exposition formats" of its documentation)."""
    lines = []
    for gauge in gauges:
        if gauge.values:
            lines += [f"# HELP {gauge.name} {gauge.meaning}", f"# TYPE {gauge.name} gauge"]
            lines += [f"{gauge.name}{_labels(labels)} {value:.15g}" for labels, value in gauge.values]
    return "\n".join([*lines, ""])


def _rules(now: datetime) -> Iterator[Gauge]:
    states = RuleState.objects.exclude(table="").order_by()
    by_verdict = dict(states.values_list("verdict").annotate(Count("pk")))
    names = {"": "never", **{verdict: verdict for verdict in Verdict.values}}
    verdicts = [({"verdict": name}, float(by_verdict.get(verdict, 0))) for verdict, name in names.items()]
    yield Gauge("midwatch_rule_tables", "Tables that rules watch, by the verdict of their last check.", verdicts)
    times = RuleState.objects.aggregate(last=Max("last_check_at"), due=Min("next_check_at"))
    yield Gauge("midwatch_last_check_age_seconds", "Time since any check ended.", _age(times["last"], now))
    yield Gauge("midwatch_check_lag_seconds", "How long the check that waits longest has been due.",
                _lag(times["due"], now))  # fmt: skip
    by_severity = dict(open_leads().order_by().values_list("severity").annotate(Count("pk")))
    severities = [({"severity": severity}, float(by_severity.get(severity, 0))) for severity in Severity.values]
    yield Gauge("midwatch_open_incidents", "Open incidents by severity; one that is part of another is not counted.",
                severities)  # fmt: skip


def _messages(now: datetime) -> Iterator[Gauge]:
    messages = Delivery.objects.exclude(channel__type=CANARY)
    recent = messages.filter(due_at__gte=now - DAY).order_by()
    by_status = dict(recent.values_list("status").annotate(Count("pk")))
    statuses = [({"status": status}, float(by_status.get(status, 0))) for status in DeliveryStatus.values]
    yield Gauge("midwatch_deliveries", "Messages that were due within the last 24 hours or are due later, by status.",
                statuses)  # fmt: skip
    oldest = overdue(before=now).order_by().aggregate(due=Min("due_at"))["due"]
    yield Gauge("midwatch_queue_age_seconds", "How long the message that waits longest could have been sent.",
                _lag(oldest, now))  # fmt: skip
    sent = messages.filter(status=DeliveryStatus.SENT, due_at__gte=now - HOUR, held_because="")
    times = sent.order_by("-due_at").values_list("created_at", "sent_at")[:SAMPLES]
    seconds = sorted((done - made).total_seconds() for made, done in times if done)
    yield Gauge("midwatch_delivery_seconds",
                "From an event to its accepted message: quantiles over the last hour; messages held back are left out.",
                [({"quantile": f"{part:g}"}, _quantile(seconds, part)) for part in QUANTILES if seconds])  # fmt: skip


def _itself(now: datetime) -> Iterator[Gauge]:
    worked = sorted(last_worked().items())
    yield Gauge("midwatch_heartbeat_age_seconds", "Time since a process last did its work, by process.",
                [({"process": process}, _seconds(at, now)) for process, at in worked])  # fmt: skip
    yield Gauge("midwatch_canary_age_seconds", "Time since the way of an alert was last proven from end to end.",
                _age(proven_at(), now))  # fmt: skip
    audit = last_audit()
    yield Gauge("midwatch_audit_age_seconds", "Time since Midwatch last audited itself.",
                _age(audit[0], now) if audit else [])  # fmt: skip
    yield Gauge("midwatch_audit_findings", "How many probes of the last audit found something.",
                [({}, float(len(audit[1])))] if audit else [])  # fmt: skip


def _seconds(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


def _age(at: datetime | None, now: datetime) -> Values:
    return [({}, _seconds(at, now))] if at else []


def _lag(at: datetime | None, now: datetime) -> Values:
    return [({}, _seconds(at, now) if at else 0.0)]


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of all do not exceed."""
    return ordered[math.ceil(part * len(ordered)) - 1]


def _labels(labels: Mapping[str, str]) -> str:
    """Labels in braces. Their values are our own words, which need no escaping."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}" if labels else ""

"""Whether the watch itself goes on: the last and the next check, who works, and when an alert was last proven."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Min, Q

from apps.alerts.services import last_worked, proven_at
from apps.common.records import record
from apps.rules.models import Rule, RuleState
from apps.teams.permissions import Grant, allowed

PROCESSES = {"beat": "Scheduler", "dispatcher": "Dispatcher of messages"}


@record
class Proof:
    """`tables` counts what comes due by itself, each rule for each of its tables; `worked`: (who, when last)."""

    last_check_at: datetime | None
    next_check_at: datetime | None
    tables: int
    proven_at: datetime | None
    worked: list[tuple[str, datetime | None]]


def read_proof(grant: Grant) -> Proof:
    """Read it in three statements."""
    states = RuleState.objects.filter(rule__in=allowed(Rule.objects.filter(paused=False), grant).order_by())
    checks = states.order_by().aggregate(
        last_check_at=Max("last_check_at"), next_check_at=Min("next_check_at"), tables=Count("pk", filter=~Q(table=""))
    )
    last = last_worked()
    return Proof(
        **checks, proven_at=proven_at(), worked=[(name, last.get(process)) for process, name in PROCESSES.items()]
    )

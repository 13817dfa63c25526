"""Where rules stand, over all their tables, in one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from apps.common.records import record
from apps.rules.models import RuleState

WORST_FIRST = ("breached", "unknown", "learning", "ok", "")


@record
class State:
    """The worst verdict of a rule's tables (empty: never checked), and when it is checked."""

    verdict: str = ""
    tables: int = 0
    last_check_at: datetime | None = None
    next_check_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "tables": self.tables,
            "last_check_at": self.last_check_at,
            "next_check_at": self.next_check_at,
        }


def states_of(rule_ids: Collection[int]) -> dict[int, State]:
    """The state of each rule."""
    states = dict.fromkeys(rule_ids, State())
    rows = RuleState.objects.filter(rule_id__in=rule_ids).values_list("rule_id", "verdict")
    for rule_id, verdict, tables, last, following in rows.annotate(
        tables=Count("pk", filter=~Q(table="")), last=Max("last_check_at"), following=Min("next_check_at")
    ).order_by():
        states[rule_id] = _worse(states[rule_id], State(verdict, tables, last, following))
    return states


def _worse(first: State, second: State) -> State:
    verdicts = [state.verdict for state in (first, second) if state.verdict]
    lasts = [state.last_check_at for state in (first, second) if state.last_check_at]
    nexts = [state.next_check_at for state in (first, second) if state.next_check_at]
    return replace(
        first,
        verdict=min(verdicts, key=WORST_FIRST.index, default=""),
        tables=first.tables + second.tables,
        last_check_at=max(lasts, default=None),
        next_check_at=min(nexts, default=None),
    )

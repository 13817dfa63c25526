"""Checking rules at once, in this process: what a command or a person waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import QuerySet

from apps.common.records import record
from apps.rules.due import claim_now
from apps.rules.models import Rule, RuleState
from apps.rules.runner import run_batch
from apps.rules.seen import measured_words
from apps.rules.verdicts import Outcome


@record
class CheckResult:
    """How one check ended, for programs: `measured`, `low` and `high` are in `unit`."""

    outcome: Outcome

    @property
    def rule(self) -> str:
        return self.outcome.item.work.rule.name

    @property
    def table(self) -> str:
        return str(self.outcome.item.table) if self.outcome.item.table.name else ""

    @property
    def verdict(self) -> str:
        return self.outcome.judgement.verdict

    @property
    def unit(self) -> str:
        kind = self.outcome.item.work.kind
        return "tables" if self.outcome.item.covers or kind is None else kind.unit

    @property
    def measured_words(self) -> str:
        return measured_words(self.unit, self.outcome.judgement.measured)

    @property
    def sentence(self) -> str:
        item = self.outcome.item
        kind, subject = item.work.kind, item.work.subject if item.covers else item.subject
        return kind.sentence(subject, self.outcome.judgement.memory) if kind else ""


def check_now(*, rules: Iterable[Rule] | None, clock: Callable[[], datetime]) -> list[CheckResult]:
    """Check rules (all that are not paused when None) at once, in this process, by the same runner as the worker.

    Tables that only now were found to match a pattern are checked in a second pass.
    """
    wanted = RuleState.objects.filter(next_check_at__isnull=False)  # a paused rule has no next check
    if rules is not None:
        wanted = wanted.filter(rule__in=list(rules))
    outcomes = _run(wanted, clock)
    outcomes += _run(wanted.filter(last_check_at__isnull=True), clock)
    return [CheckResult(outcome) for outcome in outcomes]


def _run(wanted: QuerySet[RuleState], clock: Callable[[], datetime]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    connections = wanted.order_by("connection_id").values_list("connection_id", flat=True).distinct()
    for connection_id in list(connections):
        batch = claim_now(wanted, connection_id, clock())
        outcomes += run_batch(connection_id=connection_id, token=batch.token, clock=clock)
    return outcomes

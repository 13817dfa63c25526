"""The door of rules: saving, pausing, deleting and checking them, and the sentence that says when one alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.months import Month, read_month
from apps.common.records import record
from apps.connections.services import ENGINES, TableName, try_login_again
from apps.rules import saving, validation
from apps.rules.backtest.outcome import Alert as TrialAlert
from apps.rules.backtest.outcome import Point as TrialPoint
from apps.rules.backtest.outcome import Trial
from apps.rules.backtest.trying import Backtest, backtest, backtests
from apps.rules.checking import CheckResult, check_now
from apps.rules.costs import estimate
from apps.rules.costs.estimate import Cost
from apps.rules.costs.words import cost_sentences
from apps.rules.days.price import price_of_days
from apps.rules.days.reading import AskingCosts, TableDays, days_of
from apps.rules.drafts import RuleDraft
from apps.rules.feedback.giving import Said, feedback_of, give_feedback, take_back_feedback
from apps.rules.feedback.learnedlimits import LearnedLimits, learned_limits_of, set_learned
from apps.rules.feedback.proposal import Proposal
from apps.rules.feedback.proposing import proposal_of, take_over
from apps.rules.items import rule_work
from apps.rules.kinds import KINDS
from apps.rules.matching import overrides
from apps.rules.matching.matched import Matches, matched
from apps.rules.models import Rule, RuleState
from apps.rules.precision.reading import RuleRecord, read_records, with_checks
from apps.rules.precision.table import HEAD as RECORD_COLUMNS
from apps.rules.precision.table import record_rows, record_values
from apps.rules.results.exporting import HEAD as CHECK_COLUMNS
from apps.rules.results.exporting import export_rows
from apps.rules.results.question import Question, checks_of
from apps.rules.search.finding import find_all
from apps.rules.states import end_states, fit_states, hold_states, named_table, rest_states
from apps.rules.suggest.presets import Preset, preset_of, presets
from apps.rules.suggest.ranking import Suggestion
from apps.rules.suggest.starting import PresetLine, start_from
from apps.rules.suggest.suggesting import ProposedRule, Reading, Suggestions, propose_rules, suggest_tables
from apps.rules.told import teams_named, told_of
from apps.teams.models import Team

__all__ = [
    "CHECK_COLUMNS",
    "KINDS",
    "RECORD_COLUMNS",
    "AskingCosts",
    "Backtest",
    "CheckResult",
    "CostEstimate",
    "LearnedLimits",
    "Matches",
    "Month",
    "Preset",
    "PresetLine",
    "Proposal",
    "ProposedRule",
    "Question",
    "Reading",
    "RuleDraft",
    "RuleRecord",
    "Said",
    "SavedRule",
    "Suggestion",
    "Suggestions",
    "TableDays",
    "Trial",
    "TrialAlert",
    "TrialPoint",
    "backtest",
    "backtests",
    "check_draft",
    "check_drafts",
    "check_now",
    "checks_of",
    "days_of",
    "delete_rule",
    "estimate_cost",
    "estimate_costs",
    "export_rows",
    "feedback_of",
    "find_all",
    "give_feedback",
    "hold_states",
    "learned_limits_of",
    "matched",
    "preset_of",
    "presets",
    "price_of_days",
    "proposal_of",
    "propose_rules",
    "read_month",
    "read_records",
    "record_rows",
    "record_values",
    "request_check",
    "save_beside",
    "save_rule",
    "sentence_of",
    "sentence_of_draft",
    "sentences_of",
    "set_learned",
    "set_paused",
    "start_from",
    "suggest_tables",
    "take_back_feedback",
    "take_over",
    "teams_named",
    "told_of",
    "with_checks",
]

MOST_ESTIMATES = 50  # rules of a connection: each takes a few requests


@record
class SavedRule:
    """A saved rule; `warnings` are sentences about what could not be verified or will not work on some tables."""

    rule: Rule
    warnings: tuple[str, ...]
    changed: bool


@record
class CostEstimate:
    """What a rule would cost, in sentences and in numbers (None: the store could not be asked)."""

    sentence: str
    cost: Cost | None


def save_rule(
    *, team: Team, draft: RuleDraft, instance: Rule | None = None, now: datetime, verify: bool = True
) -> SavedRule:
    """Create or change a rule; it is live at once. Raises InvalidInput and then changes nothing."""
    # The store is asked before the transaction begins: a slow one must not hold our own database's write lock.
    checked = validation.check(team=team, draft=draft, verify=verify, now=now)
    with transaction.atomic():
        rule, changed = saving.write(team, checked, instance, now)
    return SavedRule(rule, checked.warnings, changed)


def save_beside(*, draft: RuleDraft, beside: Rule, now: datetime) -> SavedRule:
    """Give one table of a rule with patterns limits of its own: a rule for it, and the table left out of `beside`; both
    or neither. Raises InvalidInput."""
    rule, warnings = overrides.save_beside(draft=draft, beside=beside, now=now)
    return SavedRule(rule, warnings, changed=True)


def check_draft(*, team: Team, draft: RuleDraft, verify: bool = True) -> tuple[str, ...]:
    """Check a draft without saving it. Raises InvalidInput; returns warnings."""
    return validation.check(team=team, draft=draft, verify=verify, now=utc_now()).warnings


def estimate_cost(*, team: Team, draft: RuleDraft, now: datetime) -> CostEstimate:
    """What a draft would cost; the store is asked, and reads nothing for it. Raises InvalidInput."""
    (found,) = estimate.estimate([validation.check(team=team, draft=draft, verify=False, now=now)], now)
    return _estimate(found, now)


def estimate_costs(*, team: Team, drafts: Sequence[RuleDraft], now: datetime) -> list[str]:
    """What drafts would cost, in sentences, each connection asked once; empty where reading costs nothing. At most
    `MOST_ESTIMATES` of a connection are told. Raises InvalidInput where one cannot work."""
    sentences = [""] * len(drafts)
    places: dict[int, list[int]] = {}
    for place, draft in enumerate(drafts):
        if ENGINES[draft.connection.engine].bills_bytes:
            places.setdefault(id(draft.connection), []).append(place)
    for of_one in places.values():
        asked, left = of_one[:MOST_ESTIMATES], of_one[MOST_ESTIMATES:]
        checked = [validation.check(team=team, draft=drafts[place], verify=False, now=now) for place in asked]
        for place, found in zip(asked, estimate.estimate(checked, now), strict=True):
            sentences[place] = _estimate(found, now).sentence
        for place in left:
            sentences[place] = f"Not estimated: only the first {MOST_ESTIMATES} rules of a connection are."
    return sentences


def _estimate(found: Cost | str, now: datetime) -> CostEstimate:
    return CostEstimate(found, None) if isinstance(found, str) else CostEstimate(cost_sentences(found, now), found)


def check_drafts(*, team: Team, drafts: Sequence[RuleDraft]) -> list[tuple[str, ...] | InvalidInput]:
    """Verify many drafts, asking each store once: per draft its warnings, or why it cannot work."""
    found = validation.check_all(team=team, drafts=drafts, now=utc_now())
    return [each if isinstance(each, InvalidInput) else each.warnings for each in found]


@transaction.atomic
def delete_rule(*, rule: Rule, now: datetime) -> None:
    """Remove a rule with its results; its open incidents are closed with that reason."""
    names = RuleState.objects.filter(rule=rule).values_list("schema", "table")
    end_states(rule, [TableName(*pair) for pair in names], "The rule was deleted.", now)
    rule.delete()


@transaction.atomic
def set_paused(*, rule: Rule, paused: bool, now: datetime) -> None:
    """Pause or resume a rule. Pausing closes its incidents; resuming checks it at once."""
    if rule.paused == paused:
        return
    rule.paused = paused
    rule.save()
    if paused:
        rest_states(rule, "The rule was paused.", now)
        return
    kind = rule_work(rule, rule.connection).kind
    if kind is not None:
        names = RuleState.objects.filter(rule=rule).exclude(table="").values_list("schema", "table")
        tables = named_table(rule) or [TableName(*pair) for pair in names]
        fit_states(rule, kind, tables, forget=False, now=now)


def sentence_of(*, rule: Rule) -> str:
    """When the rule alerts, with the numbers known by now; empty when its settings can't be read."""
    return sentences_of(rules=[rule])[rule.pk]


def sentences_of(*, rules: Sequence[Rule]) -> dict[int, str]:
    """The sentence of each rule, by its id, in one query. Their connections should have been fetched with them."""
    named = [rule for rule in rules if rule.table]
    rows = RuleState.objects.filter(rule__in=named).values_list("rule_id", "schema", "table", "memory")
    memories = {(rule_id, TableName(schema, table)): memory for rule_id, schema, table, memory in rows}
    return {rule.pk: _sentence(rule, memories) for rule in rules}


def _sentence(rule: Rule, memories: Mapping[tuple[int, TableName], Mapping[str, Any]]) -> str:
    work = rule_work(rule, rule.connection)
    if work.kind is None:
        return ""
    if not rule.table:
        return work.kind.sentence(work.subject, {})
    table = named_table(rule)[0]
    return work.kind.sentence(replace(work.subject, table=table), memories.get((rule.pk, table), {}))


def sentence_of_draft(*, draft: RuleDraft, measured: bool = False) -> str:
    """The sentence of a draft. `measured`: with the numbers that a rule of the same kind on the same table has found.

    Raises InvalidInput.
    """
    checked = validation.read(draft)
    memory: Mapping[str, Any] | None = None
    if measured and draft.table:
        alike = RuleState.objects.filter(connection=draft.connection, rule__kind=draft.kind)
        alike = alike.filter(schema=checked.subject.table.schema, table=checked.subject.table.name)
        memory = alike.order_by("-last_check_at").values_list("memory", flat=True).first()
    return checked.kind.sentence(checked.subject, memory or {})


@transaction.atomic
def request_check(*, rule: Rule, now: datetime) -> None:
    """Make all checks of the rule due at once; the worker takes them within a second or two."""
    if not rule.paused:
        try_login_again(rule.connection)
        RuleState.objects.filter(rule=rule).update(next_check_at=now)

"""Proposals from what is stored: read the feedback, the history of the rule and the last 90 days of a table; try other
settings on them by the backtest; and take one over when a person asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Sum

from apps.alerts.models import Outcome
from apps.alerts.services import outcomes
from apps.common.errors import InvalidInput
from apps.connections.services import TableName
from apps.rules.backtest.keeping import Keeper
from apps.rules.backtest.past import NoPast
from apps.rules.backtest.sought import Sought
from apps.rules.backtest.stored import stored_past
from apps.rules.feedback.hearing import spoken_of
from apps.rules.feedback.loosenings import count_loosenings
from apps.rules.feedback.proposal import DAYS, ENOUGH, REPLAYED, Changes, Proposal, Reasons, propose
from apps.rules.feedback.rehearsing import Rehearsal
from apps.rules.items import RuleWork, incident_key, rule_work
from apps.rules.kinds.contract import Kind
from apps.rules.kinds.learning import ALERTING
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.shaping.making import make_kind
from apps.rules.states import fit_states, named_table

# A page that refreshes itself asks again and again; what is proposed moves with days.
KEEPER: Keeper[Proposal] = Keeper(200, timedelta(minutes=10))


def proposal_of(*, rule: Rule, now: datetime) -> Proposal | None:
    """A better rule, or that there is none, where people loosened this one or called its alerts false three times in 30
    days; None where they did not, or it would alert falsely no more. Of what learns nothing, and where only what is
    learned alerts, no other settings are tried. It asks the database of Midwatch alone."""
    reasons = _reasons(rule, now)
    if not reasons.enough:
        return None
    work, state = rule_work(rule, rule.connection), _state(rule, now)
    if work.kind is None or state is None:
        return None
    if work.kind.learns_from is None or work.kind.settings.learned == "instead":
        return Proposal(reasons)
    key = _key(rule, state, reasons)
    proposal = KEEPER.get(key) or _propose(work, work.kind, state, reasons, now)
    KEEPER.keep(key, proposal)
    if proposal.before is None or proposal.before.false or reasons.loosenings >= ENOUGH:
        return proposal
    return Proposal(reasons) if work.kind.settings.learned in ALERTING else None


@transaction.atomic
def take_over(*, rule: Rule, changes: Changes, now: datetime) -> None:
    """Make the proposed changes; they must be what is proposed now. Raises InvalidInput."""
    proposal = proposal_of(rule=rule, now=now)
    if proposal is None or not proposal.changes or dict(proposal.changes) != dict(changes):
        raise InvalidInput("This is no longer what is proposed. Look at the page again.")
    kind = make_kind(rule.kind, {**rule.settings, **changes})
    rule.settings = kind.settings.plain()
    rule.save()
    names = RuleState.objects.filter(rule=rule).exclude(table="").values_list("schema", "table")
    fit_states(rule, kind, named_table(rule) or [TableName(*pair) for pair in names], forget=False, now=now)


def _propose(work: RuleWork, kind: Kind, state: RuleState, reasons: Reasons, now: datetime) -> Proposal:
    table, since = TableName(state.schema, state.table), now - timedelta(days=REPLAYED)
    zone = ZoneInfo(work.rule.connection.timezone)
    sought = Sought(
        work.rule.connection, replace(work.subject, table=table, words="", store_zone=zone), kind, since, now
    )
    try:
        past = stored_past(sought)
        spoken = spoken_of(rule=work.rule, table=table, since=past.since, now=now)
        rehearsal = Rehearsal.of(work.rule.settings, work.rule.kind, sought, past, spoken)
    except NoPast:
        return Proposal(reasons)
    return propose(rehearsal.candidates(), rehearsal.trial_with, rehearsal.words, reasons)


def _key(rule: Rule, state: RuleState, reasons: Reasons) -> str:
    """The same as long as nothing happens that the proposal depends on, but that time passes."""
    said = Feedback.objects.filter(state__rule=rule).values_list("pk", "meaning", "begins", "ends", "taken_back_at")
    stored = state.observations.aggregate(Max("pk"), Count("pk"), Max("at"), Sum("value"))
    parts: list[Any] = [rule.pk, rule.kind, rule.settings, rule.timezone, state.pk, str(reasons), list(said), stored]
    return json.dumps(parts, default=str)


def _reasons(rule: Rule, now: datetime) -> Reasons:
    since = now - timedelta(days=DAYS)
    records = rule.history.filter(history_date__gt=since).order_by("history_date", "history_id")
    earlier = rule.history.filter(history_date__lte=since).order_by("-history_date", "-history_id").first()
    written = [record.settings for record in ([earlier] if earlier else []) + list(records) if record.kind == rule.kind]
    return Reasons(len(_called_false(rule, since)), count_loosenings(list(_read(rule.kind, written))))


def _called_false(rule: Rule, since: datetime) -> list[int]:
    """The state of each alert that was called false since then, by feedback or by the outcome of its incident; what was
    said in both ways counts once."""
    said = Feedback.objects.filter(
        state__rule=rule, meaning=Feedback.Meaning.FALSE_ALARM, taken_back_at=None, at__gt=since
    )
    marks = list(said.values_list("state", "begins", "ends"))
    states = RuleState.objects.filter(rule=rule).values_list("pk", "schema", "table")
    keys = {incident_key(rule.pk, TableName(schema, table)): pk for pk, schema, table in states}
    judged = [each for each in outcomes(keys=keys, since=since) if each.outcome == Outcome.FALSE_ALARM]
    more = [
        keys[each.key]
        for each in judged
        if not any(
            state == keys[each.key] and begins <= each.resolved_at and each.opened_at <= ends
            for state, begins, ends in marks
        )
    ]
    return [state for state, _, _ in marks] + more


def _read(kind: str, written: Sequence[dict[str, object]]) -> Iterator[object]:
    for settings in written:
        try:
            yield make_kind(kind, settings).settings
        except InvalidInput:  # of an older version
            continue


def _state(rule: Rule, now: datetime) -> RuleState | None:
    """The table of which most was called false, else any."""
    said = _called_false(rule, now - timedelta(days=REPLAYED))
    if said:
        return RuleState.objects.get(pk=max(set(said), key=said.count))
    return RuleState.objects.filter(rule=rule).exclude(table="").order_by("pk").first()

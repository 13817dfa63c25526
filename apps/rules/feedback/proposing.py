"""Proposals from what is stored: read the feedback, the history of the rule and the last 90 days of a table; try; and
take one over when a person asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.common.errors import InvalidInput
from apps.connections.services import TableName
from apps.rules.bands.marks import NO_MARKS, Marks
from apps.rules.feedback.alertsbefore import Alert, Periods, period_alerts, total_alerts, wait_alerts
from apps.rules.feedback.candidates import better_aimed, longer_tolerances, looser_rows
from apps.rules.feedback.loosenings import count_loosenings
from apps.rules.feedback.marking import marks_of, past_of
from apps.rules.feedback.proposal import DAYS, ENOUGH, REPLAYED, Changes, Proposal, Reasons, propose
from apps.rules.items import RuleWork, rule_work
from apps.rules.kinds.contract import Kind, Past
from apps.rules.kinds.learning import ALERTING
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.shaping.making import make_kind
from apps.rules.states import fit_states, named_table


def proposal_of(*, rule: Rule, now: datetime) -> Proposal | None:
    """A better rule, or that there is none, where people loosened this one or called its alerts false three times in 30
    days; None where they did not, or it would alert falsely no more. Of what does not follow from stored counts and
    declared limits no other limits are tried. It asks the database of Midwatch alone."""
    reasons = _reasons(rule, now)
    if not reasons.enough:
        return None
    work, state = rule_work(rule, rule.connection), _state(rule)
    if work.kind is None or state is None:
        return None
    if work.kind.learns_from is None or work.kind.settings.learned == "instead":
        return Proposal(reasons)
    trial = _trial(work, work.kind, work.kind.learns_from, state, now)
    if not trial.past:  # where each value of a column is judged by itself
        return Proposal(reasons)
    proposal = propose(trial.candidates(), trial.alerts_with, trial.marks, reasons)
    still = (proposal.before and proposal.before.false) or reasons.loosenings >= ENOUGH
    untried = Proposal(reasons) if work.kind.settings.learned in ALERTING else None
    return proposal if still else untried


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


def _reasons(rule: Rule, now: datetime) -> Reasons:
    since = now - timedelta(days=DAYS)
    false = Feedback.objects.filter(
        state__rule=rule, meaning=Feedback.Meaning.FALSE_ALARM, taken_back_at=None, at__gt=since
    )
    records = rule.history.filter(history_date__gt=since).order_by("history_date", "history_id")
    earlier = rule.history.filter(history_date__lte=since).order_by("-history_date", "-history_id").first()
    written = [record.settings for record in ([earlier] if earlier else []) + list(records) if record.kind == rule.kind]
    return Reasons(false.count(), count_loosenings(list(_read(rule.kind, written))))


def _read(kind: str, written: Sequence[dict[str, object]]) -> Iterator[object]:
    for settings in written:
        try:
            yield make_kind(kind, settings).settings
        except InvalidInput:  # of an older version
            continue


def _state(rule: Rule) -> RuleState | None:
    """The table of which most was called false, else any."""
    false = Feedback.objects.filter(state__rule=rule, meaning=Feedback.Meaning.FALSE_ALARM, taken_back_at=None)
    said = [feedback.state_id for feedback in false]
    if said:
        return RuleState.objects.get(pk=max(set(said), key=said.count))
    return RuleState.objects.filter(rule=rule).exclude(table="").order_by("pk").first()


@dataclass(frozen=True)
class _Trial:
    """The past of one table, and what a rule with other settings would have made of it."""

    work: RuleWork
    kind: Kind
    measure: str
    past: Sequence[tuple[datetime, float]]
    marks: Marks
    now: datetime

    def alerts_with(self, changes: Changes) -> list[Alert]:
        settings = make_kind(self.work.rule.kind, {**self.work.rule.settings, **changes}).settings
        zone, since = self.work.subject.zone, self.now - timedelta(days=REPLAYED)
        if self.measure == "rows_arrived":
            how = Periods(settings.period, zone, settings.baseline, settings.against)
            alerts = period_alerts(self.past, how, settings.limits, self.marks)
        elif self.measure == "row_count":
            alerts = total_alerts(self.past, settings.limits)
        else:
            alerts = wait_alerts(self.past, settings.expectation(zone), self.now)
        return [alert for alert in alerts if alert.ends > since]

    def candidates(self) -> Iterator[Changes]:
        """Those that the rule can have, the least change first."""
        for changes in self._thought_of():
            try:
                make_kind(self.work.rule.kind, {**self.work.rule.settings, **changes})
            except InvalidInput:
                continue
            if changes:
                yield changes

    def _thought_of(self) -> Iterator[Changes]:
        settings = self.kind.settings
        if self.measure == "changed":
            yield from longer_tolerances(settings.tolerance)
            return
        aims: list[Changes] = [{}]
        if self.measure == "rows_arrived":
            aims += better_aimed(settings.period, settings.against)
            yield from aims[1:]
        for aim in aims:
            try:
                yield {**aim, **looser_rows(settings.limits, self.alerts_with(aim), self.marks)}
            except InvalidInput:
                continue


def _trial(work: RuleWork, kind: Kind, wanted: Past, state: RuleState, now: datetime) -> _Trial:
    marks = marks_of(Feedback.objects.filter(state=state)).get(state.pk, NO_MARKS)
    return _Trial(work, kind, wanted.measure, past_of(state.pk, wanted, now), marks, now)

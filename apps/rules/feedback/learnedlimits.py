"""What is learned of one table of a rule, from what was observed; and whether it alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import get_args

from django.db import transaction

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.bands.band import NO_BAND, Band
from apps.rules.bands.marks import NO_MARKS
from apps.rules.feedback.giving import state_of
from apps.rules.feedback.marking import marks_of, past_of
from apps.rules.items import RuleWork, rule_work
from apps.rules.kinds.contract import Line
from apps.rules.kinds.learning import How, replaces
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.shaping.making import make_kind
from apps.rules.states import fit_states, named_table

HOW: Mapping[str, str] = {
    "beside": "What is learned is drawn beside the limits. It does not alert.",
    "also": "The rule alerts when its limits say so, and when what is learned does.",
    "instead": "What is learned alerts in place of the limits. They still hold until enough is learned, and where they "
    "are a fixed number of rows.",
    "off": "Nothing is learned.",
}


@record
class LearnedLimits:
    """`how`: what they do (a key of HOW). `band`: of the observations, the newest last. `lines`: the declared limits of
    each observation, where they are not the same for all."""

    how: How
    band: Band
    lines: Mapping[datetime, Line]


def learned_limits(
    *, work: RuleWork, state: RuleState, now: datetime, shown: int = 0, segment: str = ""
) -> LearnedLimits | None:
    """None for a kind of rule that learns nothing. It asks the database of Midwatch alone."""
    kind = work.kind
    past = kind.learns_from if kind else None
    if kind is None or past is None:
        return None
    seen, how = past_of(state.pk, past, now, segment=segment), kind.settings.learned
    marks = marks_of(Feedback.objects.filter(state=state)).get(state.pk, NO_MARKS)
    subject = replace(work.subject, table=TableName(state.schema, state.table))
    band = kind.band(subject, seen, marks, now, shown=shown) if seen else NO_BAND
    return LearnedLimits(how, band, kind.lines(subject, seen, marks, replaced=replaces(how, band.reading)))


@transaction.atomic
def set_learned(*, rule: Rule, how: str, now: datetime) -> None:
    """Let what is learned be drawn, alert as well, or alert in place of the limits; nothing that is remembered is lost,
    and the first check is due at once. Raises InvalidInput."""
    if how not in get_args(How):
        raise InvalidInput(f"Choose one of {', '.join(get_args(How))}.", field="learned")
    kind = make_kind(rule.kind, {**rule.settings, "learned": how})
    settings = kind.settings.plain()
    if settings == rule.settings:
        return
    rule.settings = settings
    rule.save()
    work = rule_work(rule, rule.connection)
    names = RuleState.objects.filter(rule=rule).exclude(table="").values_list("schema", "table")
    tables = named_table(rule) or [TableName(*pair) for pair in names]
    if work.kind is not None:
        fit_states(rule, work.kind, tables, forget=False, now=now)


def learned_limits_of(*, rule: Rule, table: str, now: datetime) -> LearnedLimits | None:
    """What is learned of a table of the rule (empty: the only one). None for a kind of rule that learns nothing.
    Raises InvalidInput where the rule does not watch it."""
    return learned_limits(work=rule_work(rule, rule.connection), state=state_of(rule, table), now=now)

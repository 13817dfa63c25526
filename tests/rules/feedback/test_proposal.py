"""A better rule after three false alarms, or after three loosenings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.common.errors import InvalidInput
from apps.rules.bands.marks import NO_MARKS, Mark, Marks
from apps.rules.feedback.alertsbefore import Alert, Periods, period_alerts, total_alerts, wait_alerts
from apps.rules.feedback.loosenings import count_loosenings, is_looser
from apps.rules.feedback.proposal import Proposal, Reasons, propose
from apps.rules.limits import Limits
from apps.rules.models import Observation, Rule, RuleState
from apps.rules.services import RuleDraft, Said, give_feedback, proposal_of, save_rule, set_learned, take_over
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.rules.kinds.watching import make_kind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = NIGHT.replace(hour=0)
UTC_ZONE = ZoneInfo("UTC")
THREE = Reasons(false_alarms=3)


def alert(day: int) -> Alert:
    return Alert(NIGHT + day * DAY, NIGHT + day * DAY + HOUR)


def false(*days: int, missed: tuple[int, ...] = ()) -> Marks:
    said = [Mark("false_alarm", NIGHT + day * DAY, NIGHT + (day + 1) * DAY) for day in days]
    return Marks((*said, *(Mark("missed", NIGHT + day * DAY, NIGHT + (day + 1) * DAY) for day in missed)))


def tried(marks: Marks, reasons: Reasons = THREE, **alerts: list[int]) -> Proposal:
    """What is proposed where the rule alerts on the days `now`, and with `to: NAME` on those of that name."""

    def alerts_with(changes: Mapping[str, Any]) -> list[Alert]:
        return [alert(day) for day in alerts[changes.get("to", "now")]]

    return propose([{"to": name} for name in alerts if name != "now"], alerts_with, marks, reasons)


def test_the_first_that_silences_the_false_and_keeps_the_true_is_proposed() -> None:
    found = tried(false(1, 2, 3), now=[1, 2, 3, 4], little=[3, 4], enough=[4], more=[])
    assert found.changes == {"to": "enough"}
    assert found.words == (
        "In the last 30 days 3 alerts were called false. By its present limits it would have alerted 4 times in the "
        "last 90 days, 3 of them excused by people. With to: enough it would have alerted once. "
        "It loses no other alert since the first of these."
    )


def test_one_that_loses_a_little_is_proposed_only_where_nothing_is_better_and_says_so() -> None:
    found = tried(false(1, 2, 3), now=[1, 2, 3, 4, 5], losing=[5], all=[])
    assert (found.changes, found.lost) == ({"to": "losing"}, 1)
    assert "It would no longer have found 1 of the others since" in found.words


def test_one_that_loses_more_than_it_silences_is_none() -> None:
    found = tried(false(1), now=[1, 2, 3, 4], all=[])
    assert found.changes is None
    assert "it may be the wrong kind of rule" in found.words


def test_a_missed_alert_must_not_be_missed_again() -> None:
    found = tried(false(1, 2, 3, missed=(4,)), now=[1, 2, 3, 4], less=[], other=[4])
    assert found.changes == {"to": "other"}


def test_without_a_false_alarm_one_that_halves_the_alerts_is_proposed() -> None:
    found = tried(NO_MARKS, Reasons(loosenings=3), now=[1, 2, 3, 4], few=[1, 2, 3], half=[1, 2])
    assert found.changes == {"to": "half"}
    assert found.words.startswith("In the last 30 days its limits were loosened 3 times.")


@pytest.mark.parametrize(("before", "after", "looser"), [
    ({"drop": "20%"}, {"drop": "30%"}, True), ({"drop": "30%"}, {"drop": "20%"}, False),
    ({"drop": "20%"}, {"drop": None}, True), ({"at_least": 10}, {"at_least": 5}, True),
    ({"at_least": 10}, {"at_least": 20}, False), ({}, {"min_rows": 100}, True), ({"min_rows": 100}, {}, False),
    ({"drop": "20%", "spike": "50%"}, {"drop": "30%", "spike": "40%"}, False), ({}, {"learned": "also"}, False),
])  # fmt: skip
def test_a_loosening_lets_a_rule_alert_less(before: dict[str, Any], after: dict[str, Any], looser: bool) -> None:
    assert is_looser(make_kind("volume", **before).settings, make_kind("volume", **after).settings) is looser


def test_loosenings_are_counted_from_change_to_change() -> None:
    tolerances = ["10m", "20m", "15m", "30m"]
    settings = [make_kind("freshness", every="1h", tolerance=each).settings for each in tolerances]
    assert count_loosenings(settings) == 2
    assert count_loosenings([*settings, make_kind("volume").settings]) == 2


def test_arrivals_alert_in_the_past_as_the_kind_itself_would() -> None:
    past = [(TODAY - DAY * back, 1000.0) for back in range(40, 0, -1)]
    past[20], past[30] = (past[20][0], 700.0), (past[30][0], 2500.0)
    how = Periods("1d", UTC_ZONE, 30 * DAY, "mean")
    found = list(period_alerts(past, how, Limits(20.0, 100.0), NO_MARKS))
    assert [(each.begins, each.rows) for each in found] == [(past[20][0], 700), (past[30][0], 2500)]
    assert list(period_alerts(past, how, Limits(40.0, 200.0), NO_MARKS)) == []


def test_totals_and_waits_alert_in_the_past_as_well() -> None:
    totals = [(TODAY + DAY * day, rows) for day, rows in enumerate([1000.0, 1010.0, 500.0, 505.0])]
    assert [each.begins for each in total_alerts(totals, Limits(20.0, None))] == [totals[2][0]]
    loads = [(TODAY + HOUR * hour, 0.0) for hour in (0, 1, 2, 5, 6)]
    expectation = make_kind("freshness", every="1h", tolerance="10m").settings.expectation(UTC_ZONE)
    (late,) = wait_alerts(loads, expectation, TODAY + 7 * HOUR)
    assert (late.begins, late.ends) == (TODAY + 3 * HOUR + timedelta(minutes=10, seconds=1), TODAY + 5 * HOUR)


# From what is stored to a changed rule.


@pytest.fixture
def weekly(make_rule: RuleMaker) -> Rule:
    """A rule on a table with few rows at weekends, and one real drop."""
    rule = make_rule("volume", column="created_at", baseline="28d", drop="50%", spike=None)
    state = RuleState.objects.get()
    for back in range(89, 0, -1):
        day = TODAY - DAY * back
        rows = 100.0 if day.weekday() > 4 else 1000.0
        Observation.objects.create(state=state, measure="rows_arrived", at=day, value=50.0 if back == 4 else rows)
    return rule


def call_false(rule: Rule, *days: datetime, clock: Clock) -> None:
    for day in days:
        said = Said("false_alarm", day, day + DAY)
        give_feedback(rule=rule, table="", said=said, user=None, by_name="Ada", now=clock())


def weekends(count: int) -> list[datetime]:
    days = [TODAY - DAY * back for back in range(1, 60)]
    return [day for day in days if day.weekday() > 4][:count]


def test_two_false_alarms_are_no_reason(weekly: Rule, clock: Clock) -> None:
    call_false(weekly, *weekends(2), clock=clock)
    assert proposal_of(rule=weekly, now=clock()) is None


def test_three_false_alarms_propose_to_compare_with_the_same_weekday(weekly: Rule, clock: Clock) -> None:
    call_false(weekly, *weekends(3), clock=clock)
    found = proposal_of(rule=weekly, now=clock())
    assert found
    assert found.changes == {"against": "weekday"}
    assert found.before
    assert found.after
    assert found.before.alerts > 20
    assert found.after.alerts < 10


def test_a_proposal_is_taken_over_by_one_change_and_is_then_none(weekly: Rule, clock: Clock) -> None:
    call_false(weekly, *weekends(3), clock=clock)
    before = weekly.history.count()
    with pytest.raises(InvalidInput, match="no longer what is proposed"):
        take_over(rule=weekly, changes={"drop": "90%"}, now=clock())
    take_over(rule=weekly, changes={"against": "weekday"}, now=clock())
    assert Rule.objects.get().settings["against"] == "weekday"
    assert weekly.history.count() == before + 1
    clock.forward(days=31)
    assert proposal_of(rule=Rule.objects.get(), now=clock()) is None


def test_three_loosenings_ask_to_look_at_the_rule(
    make_rule: RuleMaker, clock: Clock, make_draft: Callable[..., RuleDraft]
) -> None:
    rule = make_rule("volume", column="created_at")
    for drop in ("30%", "40%", "50%"):
        save_rule(team=rule.team, draft=make_draft(rule, drop=drop), instance=rule, now=clock())
    latest = rule.history.latest("history_date").history_date
    found = proposal_of(rule=rule, now=latest)
    assert found
    assert found.reasons.loosenings == 3
    assert proposal_of(rule=rule, now=latest + 40 * DAY) is None


def test_a_kind_whose_past_is_not_tried_is_looked_at_all_the_same(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule("nulls", column="id")
    call_false(rule, *weekends(3), clock=clock)
    found = proposal_of(rule=rule, now=clock())
    assert found
    assert found.changes is None
    assert found.words == (
        "In the last 30 days 3 alerts were called false. It may ask for the wrong thing, or for too much. Its form "
        "shows what other settings would have found."
    )
    assert proposal_of(rule=rule, now=clock() + 31 * DAY) is None


def test_of_limits_that_only_what_is_learned_sets_no_others_are_tried(weekly: Rule, clock: Clock) -> None:
    set_learned(rule=weekly, how="instead", now=clock())
    call_false(weekly, *weekends(3), clock=clock)
    found = proposal_of(rule=weekly, now=clock())
    assert found
    assert (found.changes, found.before) == (None, None)


def test_late_loads_that_were_called_false_propose_a_longer_tolerance(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule(every="1d", tolerance="10m", column="updated_at")
    state, load = RuleState.objects.get(), TODAY - 40 * DAY
    for night in range(40):
        late = {10: 100, 20: 100, 30: 115, 35: 900}.get(night, 0)
        at = load + night * DAY + timedelta(minutes=late)
        Observation.objects.create(state=state, measure="changed", at=at, value=at.timestamp())
    call_false(rule, *(load + night * DAY for night in (10, 20, 30)), clock=clock)
    found = proposal_of(rule=rule, now=clock())
    assert found
    assert (found.changes, found.lost) == ({"tolerance": "2h"}, 0)


@pytest.fixture
def make_draft() -> Callable[..., RuleDraft]:
    def make(rule: Rule, **changes: Any) -> RuleDraft:
        return RuleDraft(
            name=rule.name, connection=rule.connection, kind=rule.kind, table=rule.table,
            settings={**rule.settings, **changes}, severity=rule.severity,
        )  # fmt: skip

    return make

"""A better rule after three false alarms, or after three loosenings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.rules.backtest.outcome import Alert, Trial
from apps.rules.backtest.spoken import Spoken
from apps.rules.bands.marks import NO_MARKS, Mark, Marks
from apps.rules.feedback.loosenings import count_loosenings, is_looser
from apps.rules.feedback.proposal import Proposal, Reasons, propose
from apps.rules.models import Observation, Rule, RuleState
from apps.rules.services import RuleDraft, Said, give_feedback, proposal_of, save_rule, set_learned, take_over
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.rules.kinds.watching import ORDERS, make_kind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = NIGHT.replace(hour=0)
UTC_ZONE = ZoneInfo("UTC")
THREE = Reasons(false_alarms=3)


def trial_of(days: list[int], said: Marks) -> Trial:
    """A trial that alerted on these days."""
    alerts = [Alert(NIGHT + day * DAY, NIGHT + day * DAY + HOUR, "") for day in days]
    told = [replace(alert, said=said.excuse(alert.opened)) for alert in alerts]
    now = NIGHT + 20 * DAY
    return Trial(ORDERS, UTC_ZONE, now, "rows", NIGHT - 60 * DAY, alerts=tuple(told), spoken=Spoken(said))


def false(*days: int, missed: tuple[int, ...] = ()) -> Marks:
    said = [Mark("false_alarm", NIGHT + day * DAY, NIGHT + (day + 1) * DAY) for day in days]
    return Marks((*said, *(Mark("missed", NIGHT + day * DAY, NIGHT + (day + 1) * DAY) for day in missed)))


def tried(marks: Marks, reasons: Reasons = THREE, **alerts: list[int]) -> Proposal:
    """What is proposed where the rule alerts on the days `now`, and with `to: NAME` on those of that name."""
    return propose(
        [{"to": name} for name in alerts if name != "now"],
        lambda changes: trial_of(alerts[changes.get("to", "now")], marks),
        lambda changes: f"“To” set to {changes['to']}",
        reasons,
    )


def test_the_first_that_silences_the_false_and_keeps_the_true_is_proposed() -> None:
    found = tried(false(1, 2, 3), now=[1, 2, 3, 4], little=[3, 4], enough=[4], more=[])
    assert found.changes == {"to": "enough"}
    assert found.words == (
        "In the last 30 days 3 alerts were called false. As it is, it would have alerted 4 times in the last 30 days, "
        "3 of them called false by people. With “To” set to enough it would have alerted once in the last 30 days, "
        "none of them called false by people. It loses no other alert since the first of these."
    )


def test_one_that_loses_a_little_is_proposed_only_where_nothing_is_better_and_says_so() -> None:
    found = tried(false(1, 2, 3), now=[1, 2, 3, 4, 5], losing=[5], all=[])
    assert (found.changes, found.lost) == ({"to": "losing"}, 1)
    assert "It would no longer have found 1 of the others since" in found.words


def test_one_that_loses_more_than_it_silences_is_none() -> None:
    found = tried(false(1), now=[1, 2, 3, 4], all=[])
    assert found.changes is None
    assert "it may be the wrong kind of rule" in found.words


def test_what_was_real_must_be_found_again_and_is_said_to_be() -> None:
    found = tried(false(1, 2, 3, missed=(4,)), now=[1, 2, 3, 4], less=[], other=[4])
    assert found.changes == {"to": "other"}
    assert "none of them called false by people, and still found the one real trouble" in found.words


def test_alerts_before_the_last_thirty_days_are_told_where_they_decide() -> None:
    found = tried(false(-40, 1, 2), now=[-40, 1, 2, 4], other=[4])
    assert "alerted 4 times in the last 90 days, 3 of them called false" in found.words


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


# From what is stored to a changed rule.


@pytest.fixture
def weekly(make_rule: RuleMaker) -> Rule:
    """A rule on a table with few rows at weekends, and one real drop."""
    rule = make_rule("volume", column="created_at", baseline="28d", drop="50%", spike=None)
    RuleState.objects.update(last_check_at=NIGHT)
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
    assert (found.before.alerts, found.before.false) == (6, 2)  # a weekend is one alert
    assert (found.after.alerts, found.after.false, found.lost) == (1, 0, 0)
    assert "With “Compared with” set to the same weekday in place of the average of all days (or hours)" in found.words


def closed_as_false(rule: Rule, *days: datetime) -> None:
    """Incidents of the rule that somebody closed as false alarms."""
    for day in days:
        Incident.objects.create(
            team=rule.team, key=f"rule/{rule.pk}/main.orders", title="Orders", status="resolved", opened_at=day + DAY,
            last_seen_at=day + DAY, resolved_at=day + 1.5 * DAY, next_action_at=day + DAY, outcome="false_alarm",
            facts={"period_start": day.isoformat()},
        )  # fmt: skip


def test_incidents_closed_as_false_alarms_count_as_well_and_none_twice(weekly: Rule, clock: Clock) -> None:
    days = weekends(3)
    closed_as_false(weekly, *days[:2])
    assert proposal_of(rule=weekly, now=clock()) is None
    call_false(weekly, days[2], clock=clock)
    found = proposal_of(rule=weekly, now=clock())
    assert found
    assert found.reasons.false_alarms == 3
    call_false(weekly, days[0] + DAY, clock=clock)  # the time at which its incident was open
    again = proposal_of(rule=weekly, now=clock())
    assert again
    assert again.reasons.false_alarms == 3


def test_a_proposal_is_kept_until_somebody_says_something(weekly: Rule, clock: Clock) -> None:
    call_false(weekly, *weekends(3), clock=clock)
    found = proposal_of(rule=weekly, now=clock())
    assert proposal_of(rule=weekly, now=clock()) is found
    call_false(weekly, *weekends(4)[3:], clock=clock)
    changed = proposal_of(rule=weekly, now=clock())
    assert changed
    assert changed.reasons.false_alarms == 4


def test_each_value_of_a_column_is_tried_as_well(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule("volume", column="created_at", baseline="28d", drop="50%", spike=None, by="id")
    RuleState.objects.update(last_check_at=NIGHT)
    low = {3: 40.0, 7: 42.0, 11: 45.0}
    for back in range(60, 0, -1):
        for value, rows in (("1", 100.0), ("2", low.get(back, 100.0))):
            Observation.objects.create(
                state=RuleState.objects.get(), measure="rows_arrived", segment=value, at=TODAY - DAY * back, value=rows
            )
    call_false(rule, *(TODAY - DAY * back for back in low), clock=clock)
    found = proposal_of(rule=rule, now=clock())
    assert found
    assert found.changes == {"drop": "60%"}


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
    RuleState.objects.update(last_check_at=NIGHT)
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

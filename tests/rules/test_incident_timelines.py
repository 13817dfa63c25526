"""What people do with a rule shows on its open incident, and what they say of the incident reaches the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Incident, TimelineEntry
from apps.alerts.services import close_as, say_fixed
from apps.common.clock import utc_now
from apps.common.months import month_of
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.precision.reading import read_records
from apps.rules.services import RuleDraft, Said, give_feedback, save_rule
from apps.rules.tasks import tick
from apps.teams.models import User
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

SOON = timedelta(minutes=1)
NOVEMBER = month_of(NIGHT, ZoneInfo("UTC"))


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.com", name="Ada")


@pytest.fixture
def late(make_rule: RuleMaker, shop: Shop, clock: Clock, verdicts: Callable[[], object]) -> Incident:
    """A rule that found its table late."""
    shop.order(clock() - timedelta(hours=5))
    make_rule(every="1h", column="updated_at")
    for _ in range(2):
        verdicts()
        clock.forward(minutes=5)
    return Incident.objects.get()


def lines(kind: str) -> list[str]:
    return list(TimelineEntry.objects.filter(kind=kind).values_list("text", flat=True))


def draft_of(rule: Rule) -> RuleDraft:
    return RuleDraft(
        name=rule.name, connection=rule.connection, kind=rule.kind, table=rule.table, settings=rule.settings,
        severity=rule.severity, channels=tuple(rule.notify.all()),
    )  # fmt: skip


def test_a_change_of_the_rule_is_a_line_that_names_what_changed(late: Incident, clock: Clock) -> None:
    rule = Rule.objects.get()
    settings = {**rule.settings, "tolerance": "2h"}
    draft = replace(draft_of(rule), settings=settings, severity="low", channels=())
    save_rule(team=rule.team, draft=draft, now=clock(), instance=rule)
    assert lines("edited") == ["The rule was changed: settings, severity, who is told."]


def test_to_save_the_rule_as_it_is_changes_nothing(late: Incident, clock: Clock) -> None:
    rule = Rule.objects.get()
    save_rule(team=rule.team, draft=draft_of(rule), now=clock(), instance=rule)
    assert lines("edited") == []


def test_feedback_on_the_table_is_a_line_by_who_gave_it(late: Incident, ada: User, clock: Clock) -> None:
    said = Said("expected", clock() - timedelta(hours=2), clock() - timedelta(hours=1), "A holiday.")
    give_feedback(rule=Rule.objects.get(), table="", said=said, user=ada, by_name="Ada", now=clock())
    assert lines("feedback") == ["Ada says of it: expected once. A holiday."]
    assert TimelineEntry.objects.get(kind="feedback").user == ada


@pytest.mark.parametrize(("outcome", "not_real", "real"), [("false_alarm", 1, 0), ("expected", 1, 0), ("real", 0, 1)])
def test_what_it_was_closed_as_counts_for_the_rule(
    late: Incident, ada: User, clock: Clock, outcome: str, not_real: int, real: int
) -> None:
    close_as(incident=late, outcome=outcome, user=ada, now=clock())
    (record,) = read_records(Rule.objects.all(), NOVEMBER, clock())
    assert (record.this.not_real, record.this.real) == (not_real, real)


def test_what_is_said_twice_counts_once(late: Incident, ada: User, clock: Clock) -> None:
    close_as(incident=late, outcome="false_alarm", user=ada, now=clock())
    Feedback.objects.create(
        state=RuleState.objects.get(), meaning="false_alarm", begins=NIGHT, ends=clock(), at=clock(), by_name="Ada"
    )
    (record,) = read_records(Rule.objects.all(), NOVEMBER, clock())
    assert (record.this.not_real, record.this.alerts) == (1, 1)


def test_what_is_called_fixed_is_checked_within_a_minute(late: Incident, ada: User) -> None:
    RuleState.objects.update(next_check_at=utc_now() + timedelta(hours=3))
    tick()
    assert RuleState.objects.get().next_check_at > utc_now() + SOON  # type: ignore[operator]
    say_fixed(incident=late, user=ada, now=utc_now())
    tick()
    assert RuleState.objects.get().next_check_at <= utc_now() + SOON  # type: ignore[operator]


def test_its_parts_are_checked_as_well(late: Incident, ada: User) -> None:
    lead = Incident.objects.create(
        team=late.team, key="other/1", title="Lead", opened_at=NIGHT, last_seen_at=NIGHT, next_action_at=NIGHT
    )
    Incident.objects.filter(pk=late.pk).update(merged_into=lead, merged_as="table")
    RuleState.objects.update(next_check_at=utc_now() + timedelta(hours=3))
    say_fixed(incident=lead, user=ada, now=utc_now())
    tick()
    assert RuleState.objects.get().next_check_at <= utc_now() + SOON  # type: ignore[operator]

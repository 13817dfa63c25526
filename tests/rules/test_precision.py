"""Which alerts count as real, month by month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Incident, TimelineEntry
from apps.common.errors import InvalidInput
from apps.common.months import Month, month_of, read_month
from apps.rules.models import Check, Feedback, Rule, RuleState
from apps.rules.precision.reading import RuleRecord, read_records, with_checks
from apps.rules.precision.record import Alert, Outcome, Record, Said, outcome_of, record_of
from tests.rules.conftest import NIGHT, RuleMaker

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NOVEMBER = month_of(NIGHT, UTC_ZONE)
ALERT = Alert("rule/1/main.orders", NIGHT, NIGHT + timedelta(hours=2))
TAKEN_UP = Alert("rule/1/main.orders", NIGHT, NIGHT + timedelta(hours=2), acknowledged=True)


def said(meaning: str, *, begins: timedelta = timedelta(), key: str = ALERT.key) -> Said:
    return Said(key, meaning, NIGHT + begins, NIGHT + begins + timedelta(hours=1))


@pytest.mark.parametrize(
    ("alert", "words", "outcome"),
    [
        (ALERT, [], Outcome.UNSAID), (TAKEN_UP, [], Outcome.REAL),
        (TAKEN_UP, [said("false_alarm")], Outcome.FALSE), (TAKEN_UP, [said("new_normal")], Outcome.EXPECTED),
        (ALERT, [said("expected"), said("false_alarm")], Outcome.FALSE), (ALERT, [said("ignore")], Outcome.EXPECTED),
        (TAKEN_UP, [said("false_alarm", begins=timedelta(hours=3))], Outcome.REAL),
        (TAKEN_UP, [said("false_alarm", begins=-timedelta(hours=2))], Outcome.REAL),
    ],
)  # fmt: skip
def test_what_people_said_of_its_time_makes_an_alert_real_or_not(
    alert: Alert, words: list[Said], outcome: Outcome
) -> None:
    assert outcome_of(alert, words, NIGHT + timedelta(days=1)) is outcome


def test_an_open_alert_lasts_until_now() -> None:
    still = Alert(ALERT.key, NIGHT)
    late = [said("false_alarm", begins=timedelta(days=2))]
    assert outcome_of(still, late, NIGHT + timedelta(days=1)) is Outcome.UNSAID
    assert outcome_of(still, late, NIGHT + timedelta(days=3)) is Outcome.FALSE


def test_precision_is_the_real_share_of_those_that_were_spoken_of() -> None:
    alerts = [TAKEN_UP, ALERT, Alert("rule/1/b", NIGHT), Alert("rule/1/c", NIGHT, reopened=2)]
    record = record_of(
        alerts, [said("false_alarm", key="rule/1/b")], tables=2, missed=1, now=NIGHT + timedelta(minutes=30)
    )
    assert (record.alerts, record.real, record.not_real, record.unsaid) == (4, 1, 1, 2)
    assert (record.precision, record.noise, record.per_table, record.came_back) == (50, 25, 2, 2)


def test_without_an_alert_there_is_no_share() -> None:
    assert (Record().precision, Record().noise, Record().per_table) == (None, None, None)


def test_a_month_begins_and_ends_by_the_clocks_of_its_zone() -> None:
    october = month_of(datetime(2026, 10, 1, tzinfo=UTC), BERLIN)
    assert october.begins == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert october.ends == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert (october.before.key, october.following.key, str(october)) == ("2026-09", "2026-11", "October 2026")
    assert read_month("", BERLIN, datetime(2026, 12, 31, 23, 30, tzinfo=UTC)).key == "2027-01"


@pytest.mark.parametrize("text", ["2026-13", "november", "2026-1", "0000-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="write it such as 2026-11"):
        read_month(text, UTC_ZONE, NIGHT)


@pytest.fixture
def rule(make_rule: RuleMaker) -> Rule:
    return make_rule(every="1h", column="updated_at")


def incident(rule: Rule, at: datetime, *, key: str = "main.orders", acknowledged: bool = False) -> Incident:
    row = Incident.objects.create(
        team=rule.team, key=f"rule/{rule.pk}/{key}", title="late", opened_at=at, last_seen_at=at, resolved_at=at,
        next_action_at=at, status="resolved",
    )  # fmt: skip
    if acknowledged:
        TimelineEntry.objects.create(incident=row, at=at, kind="acknowledged", text="Mine.")
    return row


def records(month: Month = NOVEMBER) -> list[RuleRecord]:
    return with_checks(read_records(Rule.objects.all(), month, NIGHT), month)


def test_alerts_and_checks_fall_into_the_month_and_the_one_before(rule: Rule) -> None:
    state = RuleState.objects.get(rule=rule)
    for days in (0, 1, 30, 70):
        incident(rule, NIGHT - timedelta(days=days), acknowledged=days == 30)
        Check.objects.create(state=state, at=NIGHT - timedelta(days=days), verdict="ok")
    (found,) = records()
    assert (found.this.alerts, found.this.checks, found.this.tables) == (2, 2, 1)
    assert (found.last.alerts, found.last.checks, found.last.real) == (1, 1, 1)


def test_that_a_table_could_not_be_checked_is_no_alert_of_its_rule(rule: Rule) -> None:
    incident(rule, NIGHT, key="main.orders/unknown")
    (found,) = records()
    assert found.this.alerts == 0


def test_feedback_that_was_taken_back_does_not_count(rule: Rule) -> None:
    incident(rule, NIGHT)
    words = Feedback.objects.create(
        state=RuleState.objects.get(rule=rule), meaning="false_alarm", begins=NIGHT - timedelta(hours=1),
        ends=NIGHT + timedelta(hours=1), at=NIGHT, by_name="Ada",
    )  # fmt: skip
    assert records()[0].this.not_real == 1
    Feedback.objects.filter(pk=words.pk).update(taken_back_at=NIGHT)
    assert (records()[0].this.not_real, records()[0].this.unsaid) == (0, 1)


def test_a_missed_alert_counts_in_the_month_in_which_it_began(rule: Rule) -> None:
    for days in (2, 30):
        Feedback.objects.create(
            state=RuleState.objects.get(rule=rule), meaning="missed", begins=NIGHT - timedelta(days=days), ends=NIGHT,
            at=NIGHT, by_name="Ada",
        )  # fmt: skip
    (found,) = records()
    assert (found.this.missed, found.last.missed) == (1, 1)


def test_the_noisiest_rule_comes_first(make_rule: RuleMaker) -> None:
    quiet, loud = make_rule(name="A", every="1h", column="updated_at"), make_rule("schema", name="B")
    incident(quiet, NIGHT, acknowledged=True)
    incident(quiet, NIGHT - timedelta(days=1), acknowledged=True)
    incident(loud, NIGHT)
    assert [each.rule.name for each in records()] == ["B", "A"]

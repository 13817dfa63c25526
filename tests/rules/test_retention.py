"""What is removed when it has grown old, and what stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from apps.rules.models import Check, Observation, RuleState
from apps.rules.retention import LAST_MOMENTS, Keep, prune
from tests.rules.conftest import NIGHT, RuleMaker

KEEP = Keep(checks=timedelta(days=400), observations=timedelta(days=400))
pytestmark = pytest.mark.django_db


@pytest.fixture
def state(make_rule: RuleMaker) -> RuleState:
    return RuleState.objects.get(rule=make_rule(every="1h", column="updated_at"))


def checked(state: RuleState, *days_ago: float) -> None:
    Check.objects.bulk_create(Check(state=state, at=NIGHT - timedelta(days=ago), verdict="ok") for ago in days_ago)


def observed(state: RuleState, count: int, *, first: float, measure: str = "changed", segment: str = "") -> None:
    """One observation a day; the newest of them `first` days ago."""
    moments = (NIGHT - timedelta(days=first + number) for number in range(count))
    Observation.objects.bulk_create(
        Observation(state=state, measure=measure, segment=segment, at=moment, value=1) for moment in moments
    )


def days_left(rows: type[Check] | type[Observation]) -> list[float]:
    moments: list[datetime] = list(rows.objects.order_by("-at").values_list("at", flat=True))
    return [(NIGHT - moment) / timedelta(days=1) for moment in moments]


def test_checks_older_than_the_limit_go_and_one_at_the_limit_stays(state: RuleState) -> None:
    checked(state, 1, 400, 400.01, 900)
    assert prune(keep=KEEP, now=NIGHT).checks == 2
    assert days_left(Check) == [1, 400]


def test_the_newest_check_of_a_table_stays_however_old_it_is(state: RuleState) -> None:
    checked(state, 500, 600, 700)
    prune(keep=KEEP, now=NIGHT)
    assert days_left(Check) == [500]


def test_a_dry_run_counts_and_removes_nothing(state: RuleState) -> None:
    checked(state, 1, 500, 600)
    observed(state, 100, first=390)
    found = prune(keep=KEEP, now=NIGHT, dry_run=True)
    assert (found.checks, found.observations) == (2, 40)
    assert (Check.objects.count(), Observation.objects.count()) == (3, 100)


def test_a_run_ends_when_it_removed_enough_and_the_next_goes_on(state: RuleState) -> None:
    checked(state, 1, *range(500, 3_000))
    first = prune(keep=KEEP, now=NIGHT, most=1_000)
    assert (first.checks, first.more) == (1_000, True)
    second = prune(keep=KEEP, now=NIGHT)
    assert (second.checks, second.more) == (1_500, False)


def test_the_last_moments_of_a_table_stay_however_old_they_are(state: RuleState) -> None:
    observed(state, 200, first=1_000)
    prune(keep=KEEP, now=NIGHT)
    assert Observation.objects.count() == LAST_MOMENTS


def test_what_a_baseline_reckons_with_stays(make_rule: RuleMaker) -> None:
    rule = make_rule("volume", name="Volume", column="created_at", per="1d", baseline="600d")
    observed(RuleState.objects.get(rule=rule), 800, first=0, measure="rows_arrived")
    prune(keep=KEEP, now=NIGHT)
    assert max(days_left(Observation)) == 602


def test_the_values_of_a_segment_go_with_the_moments_of_all(state: RuleState) -> None:
    for segment in ("de", "fr"):
        observed(state, 500, first=0, measure="row_count", segment=segment)
    prune(keep=KEEP, now=NIGHT)
    assert max(days_left(Observation)) == 400
    assert Observation.objects.count() == 2 * 401


def test_nothing_is_removed_of_a_rule_whose_settings_cannot_be_read(state: RuleState) -> None:
    observed(state, 800, first=0)
    state.rule.settings = {"every": "now and then"}
    state.rule.save()
    assert prune(keep=KEEP, now=NIGHT).observations == 0


def test_the_command_says_what_it_removed(state: RuleState, capsys: pytest.CaptureFixture[str]) -> None:
    checked(state, 1, 5_000, 6_000)
    call_command("prune", "--dry-run")
    call_command("prune")
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Would remove 2 checks older than 400 days and 0 observations older than 400 days."
    assert second.startswith("Removed 2 checks")
    assert Check.objects.count() == 1

"""How sure a rule must be before it alerts, with the totals of a table as an example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.rules.kinds.watching import Contents, Watching, daily, days, utc, watch

NOW = utc("2026-03-04 12:00")


def verdicts(rule: Watching, totals: Sequence[int], *, step: timedelta = timedelta(hours=1)) -> list[str]:
    """The verdict of each check, with the table holding so many rows."""
    found = []
    for index, rows in enumerate(totals):
        judgement = rule.check(NOW + index * step, Contents({NOW - timedelta(days=9): rows}))
        found.append("B" if judgement.verdict == "breached" else "." if judgement.verdict == "ok" else "?")
    return found


def limited(**settings: Any) -> Watching:
    """Breached above 100 rows."""
    return watch("volume", drop=None, spike=None, at_most=100, **settings)


def test_a_rule_alerts_at_once_unless_it_says_otherwise() -> None:
    assert verdicts(limited(), [90, 101, 90]) == [".", "B", "."]


def test_three_checks_in_a_row_open() -> None:
    assert verdicts(limited(open_after=3), [101, 101, 90, 101, 101, 101, 101]) == [*"....", ".", "B", "B"]


def test_two_good_checks_in_a_row_close() -> None:
    assert verdicts(limited(close_after=2), [101, 90, 101, 90, 90]) == ["B", "B", "B", "B", "."]


def test_a_value_that_crosses_the_line_ten_times_opens_and_closes_once() -> None:
    crossing = [101, 99] * 5
    found = "".join(verdicts(limited(close_margin="10%"), [*crossing, 90, 90]))
    assert found == "B" * 10 + ".."


def test_a_single_dip_is_no_alert_and_a_lasting_one_is_one() -> None:
    rule = watch("volume", drop=None, spike=None, at_least=80, open_after=3)
    assert "".join(verdicts(rule, [100, 60, 100, 100, 60, 60, 60, 60])) == "......BB"


def test_it_says_how_far_it_is() -> None:
    rule = limited(open_after=3)
    judgement = rule.check(NOW, Contents({NOW: 101}))
    assert judgement.reason.endswith("Not alerting yet: 1 of 3 checks in a row.")
    assert "It alerts after 3 checks in a row." in rule.sentence


def test_it_looks_again_before_it_alerts() -> None:
    rule = limited(confirm="5m")
    first = rule.check(NOW, Contents({NOW: 101}))
    assert (first.verdict, first.next_look_at) == ("ok", NOW + timedelta(minutes=5))
    assert rule.check(NOW + timedelta(minutes=5), Contents({NOW: 101})).verdict == "breached"


def test_a_second_look_comes_once_enough_checks_found_it_broken_and_never_in_the_past() -> None:
    rule = limited(open_after=3, confirm="5m")
    for at in (NOW, NOW + timedelta(hours=1)):
        look = rule.check(at, Contents({NOW: 101})).next_look_at
        assert look is not None
        assert look > at + timedelta(minutes=5)
    assert rule.check(NOW + timedelta(hours=2), Contents({NOW: 101})).verdict == "breached"


def test_what_was_gone_at_the_second_look_is_forgotten() -> None:
    rule = limited(confirm="5m")
    assert verdicts(rule, [101, 90, 101], step=timedelta(minutes=4)) == [".", ".", "."]


def test_the_same_day_looked_at_again_does_not_count_twice() -> None:
    rule = daily(open_after=2)
    for hour in range(5):
        table = days(*[1000] * 40, 500, 0, last=NOW)
        assert rule.check(NOW + timedelta(hours=hour), table).verdict == "ok"
    tomorrow = NOW + timedelta(days=1)
    assert rule.check(tomorrow, days(*[1000] * 40, 500, 500, 0, last=tomorrow)).verdict == "breached"


def test_a_small_table_does_not_alert() -> None:
    rule = daily(min_rows=10, spike=None)
    assert rule.check(NOW, days(*[8] * 40, 1, 0, last=NOW)).verdict == "ok"


def test_a_small_difference_does_not_count() -> None:
    rule = daily(min_change=100, spike=None)
    assert rule.check(NOW, days(*[200] * 40, 101, 0, last=NOW)).verdict == "ok"
    assert daily(min_change=100, spike=None).check(NOW, days(*[200] * 40, 99, 0, last=NOW)).verdict == "breached"


def test_the_facts_of_the_breach_stay_while_it_is_not_over() -> None:
    rule = limited(close_after=2)
    opened = rule.check(NOW, Contents({NOW: 101}))
    kept = rule.check(NOW + timedelta(hours=1), Contents({NOW: 90}))
    assert kept.facts == opened.facts
    assert "Fine again in 1 of the 2 checks in a row that it takes." in kept.reason


def test_an_accepted_breach_starts_anew() -> None:
    rule = watch("volume", drop="20%", spike=None, close_after=3)
    rule.check(NOW, Contents({NOW: 100}))
    assert rule.check(NOW + timedelta(hours=1), Contents({NOW: 50})).verdict == "breached"
    assert rule.check(NOW + timedelta(hours=2), Contents({NOW: 50}), accepted=True).verdict == "ok"


def test_an_open_alert_stays_open_when_the_settings_are_changed_and_it_is_broken_still() -> None:
    rule = limited(open_after=3)  # without a memory, as after a change of settings
    assert rule.check(NOW, Contents({NOW: 101}), was_broken=True).verdict == "breached"
    assert rule.check(NOW + timedelta(hours=1), Contents({NOW: 101})).verdict == "breached"
    assert limited(close_after=2).check(NOW, Contents({NOW: 99}), was_broken=True).verdict == "ok"


@pytest.mark.parametrize("settings", [{"open_after": 0}, {"close_after": 51}, {"close_margin": "0%"}, {"min_rows": 0}])
def test_numbers_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=next(iter(settings))):
        limited(**settings)

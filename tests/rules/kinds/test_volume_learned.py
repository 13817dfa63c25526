"""Volume with limits that are learned from the table's own history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apps.rules.bands.marks import Mark, Marks
from apps.rules.kinds.contract import Judgement, Known
from apps.rules.learned.reading import Reading
from tests.rules.kinds import watching
from tests.rules.kinds.watching import Contents, Watching, daily, utc, watch

NOW = utc("2026-03-04 12:00")
DAY = timedelta(days=1)
days = partial(watching.days, last=NOW - DAY)
USUAL = [1000 + 10 * (place % 5) for place in range(60)]
LOOSE: dict[str, Any] = {"drop": "90%", "spike": "900%"}


def judged(yesterday: int, **settings: Any) -> Judgement:
    return daily(**settings).check(NOW, days(*USUAL, yesterday))


def test_beside_it_neither_alerts_nor_costs() -> None:
    rule = daily(**LOOSE)
    judgement = rule.check(NOW, days(*USUAL, 300))
    assert judgement.verdict == "ok"
    assert "learned" not in rule.memory


def test_combined_it_alerts_where_the_declared_limits_do_not() -> None:
    judgement = judged(300, **LOOSE, learned="also")
    assert judgement.verdict == "breached"
    assert judgement.facts["situation"] == "drop"
    assert judgement.facts["baseline_words"] == "what its own history lets expect"
    assert "By its own history, it alerts at fewer than" in judgement.reason
    assert judgement.expected == pytest.approx(1020, rel=0.05)


def test_combined_the_declared_limits_still_fire_as_their_sentence_says() -> None:
    judgement = judged(940, drop="5%", spike="5%", learned="also")
    assert (judgement.verdict, judgement.facts["baseline_words"]) == ("breached", "the mean of the last 30 days")


def test_swapped_the_percentages_no_longer_fire() -> None:
    judgement = judged(940, drop="5%", spike="5%", learned="instead")
    assert (judgement.verdict, judgement.reason) == ("ok", "")
    assert judgement.low
    assert judgement.low < 940


def test_swapped_a_fixed_number_of_rows_still_fires() -> None:
    assert judged(940, drop="5%", at_least=950, learned="instead").verdict == "breached"


def test_until_enough_is_learned_the_declared_limits_hold() -> None:
    contents = days(*USUAL[:8], 940)
    for how in ("also", "instead"):
        rule = daily(drop="5%", spike="5%", learned=how)
        assert rule.check(NOW, contents).verdict == "breached"
        assert "learning, 8 of 14" in rule.sentence


def test_the_sentences_name_the_learned_limits_with_numbers() -> None:
    also, instead = daily(learned="also"), daily(learned="instead", at_most=9000)
    for rule in (also, instead):
        rule.check(NOW, days(*USUAL, 1000))
    assert "It also alerts when the rows are unusual by its own history: last fewer than " in also.sentence
    assert also.sentence.startswith("Alerts if fewer than 8")
    assert "by its own history: last fewer than " in instead.sentence
    assert instead.sentence.endswith("expected, or more than 9,000 rows.")


def test_history_is_read_further_back_than_the_baseline() -> None:
    rule = daily(baseline="7d", learned="also")
    rule.check(NOW, days(*USUAL, 1000))
    assert rule.asked[0].start < NOW - 100 * DAY  # type: ignore[union-attr]
    assert len(rule.memory["history"]["counts"]) == 61


def test_nothing_is_learned_anew_until_a_period_closes() -> None:
    rule = daily(**LOOSE, learned="also")
    first = rule.check(NOW, days(*USUAL, 1000))
    again = rule.check(NOW + timedelta(hours=1), days(*USUAL, 1000), unwritten=True)
    assert (rule.asked, again.memory) == ((), first.memory)


def test_what_a_person_closed_stays_quiet_until_all_is_usual_again() -> None:
    rule, rows = daily(**LOOSE, learned="also"), [*USUAL, 300]
    rule.check(NOW, days(*rows))
    assert rule.check(NOW, days(*rows), accepted=True).verdict == "ok"
    for later, (count, verdict) in enumerate([(300, "ok"), (1000, "ok"), (1000, "ok"), (300, "breached")], start=1):
        rows.append(count)
        contents = watching.days(*rows, last=NOW + DAY * (later - 1))
        assert rule.check(NOW + DAY * later, contents).verdict == verdict, later


def said(rule: Watching, meaning: str, begins: datetime, now: datetime) -> Judgement:
    """Check an unwritten table again after something was said of a day."""
    known = Known(rule.memory, unwritten=True, marks=Marks((Mark(meaning, begins, begins + DAY),)))
    judgement = rule.kind.judge(rule.subject, known, {}, now, accepted=False)
    rule.memory = judgement.memory
    return judgement


def test_a_day_that_was_said_to_be_odd_is_left_out_of_the_mean_without_reading_again() -> None:
    rule = daily(baseline="5d")
    assert rule.check(NOW, days(*USUAL, 10_000, 1000)).high == pytest.approx(5600, rel=0.02)
    assert said(rule, "expected", utc("2026-03-02 00:00"), NOW).high == pytest.approx(2040, rel=0.02)


def test_a_new_normal_is_judged_by_what_came_since() -> None:
    rule = daily()
    assert rule.check(NOW, days(*USUAL, 5000, 5000, 5000, 5000)).verdict == "breached"
    assert said(rule, "new_normal", utc("2026-02-28 00:00"), NOW).low == 4000.0


# Total rows.


def counted(rule: Watching, *totals: int, past: tuple[tuple[datetime, float], ...] = ()) -> Judgement:
    """Count a table once a day; the last count is now."""
    judgement = None
    for back, rows in enumerate(totals):
        now = NOW - DAY * (len(totals) - 1 - back)
        known = Known(rule.memory, past=past if back == 0 else ())
        answers = dict.fromkeys(rule.kind.wants(rule.subject, known, now), rows)
        judgement = rule.kind.judge(rule.subject, known, answers, now, accepted=False)
        rule.memory = judgement.memory
    assert judgement
    return judgement


GROWING = [100_000 + 500 * day for day in range(20)]


def test_a_total_that_shrinks_unusually_alerts_where_that_was_chosen() -> None:
    shrunk = [*GROWING, GROWING[-1] - 9_000]
    assert counted(watch("volume"), *shrunk).verdict == "ok"
    judgement = counted(watch("volume", learned="also"), *shrunk)
    assert (judgement.verdict, judgement.facts["situation"]) == ("breached", "drop")
    assert "fewer than expected" in judgement.reason


def test_a_total_learns_from_what_was_stored_before() -> None:
    rule = watch("volume", learned="also")
    stored = tuple((NOW - DAY * (20 - day), float(rows)) for day, rows in enumerate(GROWING))
    assert rule.kind.wants_past({})
    judgement = counted(rule, GROWING[-1] - 9_000, past=stored)
    assert judgement.facts.get("situation") == "drop"
    assert rule.kind.wants_past(rule.memory) is None


def test_the_band_of_stored_observations_is_what_the_check_says() -> None:
    rule = daily(**LOOSE, learned="also")
    rule.check(NOW, days(*USUAL, 300))
    past = [(NOW.replace(hour=0) - DAY * (61 - place), float(rows)) for place, rows in enumerate([*USUAL, 300])]
    band = rule.kind.band(rule.subject, past, Marks(), NOW, shown=5)
    remembered = Reading(*rule.memory["learned"])
    assert band.reading == replace(remembered)
    assert band.edges[-1].alarmed


def test_off_nothing_is_drawn() -> None:
    rule = daily(learned="off")
    past = [(NOW - DAY * back, 1000.0) for back in range(60, 0, -1)]
    assert rule.kind.band(rule.subject, past, Marks(), NOW, shown=5).reading is None


def test_lines_are_those_of_periods_alike() -> None:
    rule = daily(against="weekday", drop="50%", spike=None)
    begin = utc("2026-01-04 00:00")
    past = [(begin + DAY * day, 100.0 if (begin + DAY * day).weekday() > 4 else 1000.0) for day in range(50)]
    lines = rule.kind.lines(rule.subject, past, Marks(), replaced=False)
    assert {lines[at][0] for at, rows in past if rows == 100} == {50}
    assert {lines[at][0] for at, rows in past if rows == 1000} == {500}
    assert set(rule.kind.lines(rule.subject, past, Marks(), replaced=True).values()) == {(None, None)}


def test_a_table_without_any_rows_learns_nothing() -> None:
    assert daily(learned="also").check(NOW, Contents()).verdict == "learning"

"""What people said of stretches of time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.rules.bands.marks import NO_MARKS, Mark, Marks
from tests.rules.kinds.watching import utc

NIGHT = utc("2026-03-04 02:00")
HOUR = timedelta(hours=1)


def said(meaning: str) -> Marks:
    return Marks((Mark(meaning, NIGHT, NIGHT + HOUR),))


@pytest.mark.parametrize(("meaning", "excused", "teaches"), [
    ("expected", True, False), ("false_alarm", True, False), ("ignore", True, False), ("missed", False, False),
    ("new_normal", False, True),
])  # fmt: skip
def test_each_meaning_has_its_effect(meaning: str, excused: bool, teaches: bool) -> None:
    assert bool(said(meaning).excuse(NIGHT)) is excused
    assert said(meaning).teaches(NIGHT) is teaches


def test_a_period_counts_as_said_of_when_a_part_of_it_is() -> None:
    day = utc("2026-03-04 00:00")
    marks = said("expected")
    assert marks.excuse(day, day + 24 * HOUR) == "expected"
    assert marks.excuse(day, NIGHT) == ""
    assert marks.teaches(NIGHT + HOUR, NIGHT + 2 * HOUR)


def test_what_was_before_the_newest_new_normal_teaches_nothing() -> None:
    older = Mark("new_normal", NIGHT - 9 * HOUR, NIGHT)
    marks = Marks((*said("new_normal").marks, older))
    assert marks.anew == NIGHT
    assert not marks.teaches(NIGHT - HOUR)


def test_the_key_changes_with_what_is_said() -> None:
    assert NO_MARKS.key == ""
    assert len({said(meaning).key for meaning in ("expected", "missed", "ignore")}) == 3

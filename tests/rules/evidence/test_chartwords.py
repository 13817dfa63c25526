"""A chart in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apps.rules.chartwords import chart_words

BEGINS = datetime(2026, 11, 20, 23, 0, tzinfo=UTC).timestamp()


def chart(values: list[float | None], **more: Any) -> dict[str, Any]:
    none = [None] * len(values)
    times = [BEGINS + 3600 * place for place in range(len(values))]
    known = {"label": "Rows that arrived", "unit": "rows", "times": times, "values": values, "low": none, "high": none}
    return {**known, "learned_low": none, "learned_high": none, "breached": [], "unusual": [], **more}


def test_it_tells_the_span_the_last_value_and_what_is_fine_in_the_readers_zone() -> None:
    drawn = chart([900.0, 40.0], low=[800.0, 800.0], high=[2_000.0, 2_000.0], breached=[1])
    assert chart_words(drawn, zone="Europe/Berlin") == (
        "Rows that arrived, 2 values from 21 Nov 2026, 00:00 CET to 21 Nov 2026, 01:00 CET: the last is 40 rows, fine "
        "is 800 to 2,000 rows. 1 value lies beyond the limits, the last at 21 Nov 2026, 01:00 CET."
    )


def test_it_tells_what_is_usual_and_how_much_is_not() -> None:
    drawn = chart([5.0, 6.0], learned_low=[0.0, 4.0], learned_high=[None, 9.0], unusual=[0])
    words = chart_words(drawn, zone="UTC")
    assert "the last is 6 rows, usual is 4 to 9 rows." in words
    assert words.endswith("1 is unusual by the table's own history.")


def test_where_there_are_no_limits_it_does_not_speak_of_them() -> None:
    words = chart_words(chart([6.0, 6.0], breached=[1]), zone="UTC")
    assert words.endswith("the last is 6 rows. 1 check found trouble, the last at 21 Nov 2026, 00:00 UTC.")


def test_without_a_number_it_says_that_nothing_was_measured() -> None:
    assert chart_words(chart([None]), zone="UTC") == "Rows that arrived: nothing was measured in this time."


def test_a_last_point_without_a_number_is_passed_over() -> None:
    drawn = chart([7.0, None], low=[5.0, 5.0])
    assert "the last is 7 rows, fine is 5 or more rows. None lies beyond the limits." in chart_words(drawn, zone="UTC")

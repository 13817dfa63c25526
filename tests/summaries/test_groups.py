"""The words of an incident that others are part of."""

from __future__ import annotations

from tests.summaries.test_wording import END, STALE, told

PARTS = {"parts": {"count": 12, "total": 12, "titles": [f"Arrivals {number}" for number in range(10)]}}


def test_the_subject_says_how_many_more_are_broken() -> None:
    assert told(STALE | PARTS).subject.endswith("main.orders has not changed for 2 h 10 min and 12 more")


def test_the_details_name_ten_of_them_and_count_the_rest() -> None:
    details = dict(told(STALE | PARTS).details)
    assert details["Also broken"].startswith("Arrivals 0; Arrivals 1;")
    assert details["Also broken"].endswith("Arrivals 9; 2 more")


def test_the_end_counts_what_ended_with_it() -> None:
    headline = told(STALE | END | PARTS, "resolved").headline
    assert headline.endswith("The trouble lasted 1 h 20 min. 12 other troubles that belonged to it ended as well.")


def test_a_change_says_first_what_changed() -> None:
    text = told(STALE | {"change": "Anna Berg takes care of it"}, "changed")
    assert text.subject == "[High] Changed: main.orders has not changed for 2 h 10 min"
    assert text.headline.startswith("Anna Berg takes care of it. main.orders has not changed")


def test_the_footer_gives_the_reason_that_the_facts_hold() -> None:
    text = told(STALE | {"because": "the route “Billing” of the team Finance leads here."})
    assert text.footer == "You get this because the route “Billing” of the team Finance leads here."


def test_what_comes_and_goes_says_when_it_will_end() -> None:
    assert "good for 6 hours" in dict(told(STALE | {"unstable": True}).details)["Unstable"]

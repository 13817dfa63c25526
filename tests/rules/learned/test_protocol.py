"""`score_detector`: series in, one answer per point out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from apps.rules.learned.arrivals import Arrivals
from tests.rules.learned.series import DAY, daily, times

VOLUME = {"kind": "volume", "measure": "rows_arrived", "interval_s": DAY, "country": "DE"}
FRESHNESS = {"kind": "freshness", "check_interval_s": 3600, "expected_interval_s": DAY, "country": None}


def asked(lines: list[Any], monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], str]:
    """The answers, and what was complained of."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    out, err = io.StringIO(), io.StringIO()
    call_command("score_detector", stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def series(meta: dict[str, Any]) -> dict[str, Any]:
    return {"op": "series", "id": "one", "meta": meta}


def point(day: int, value: Any, name: str = "v") -> dict[str, Any]:
    return {"op": "point", "t": f"2026-01-{5 + day:02}T00:00:00Z", name: value}


def test_it_answers_what_the_learned_limits_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*daily(24), 0, 1000]
    answers, complaints = asked(
        [series(VOLUME), *(point(at, row) for at, row in enumerate(rows)), {"op": "end"}], monkeypatch
    )
    assert [each["alert"] for each in answers] == Arrivals(DAY, "DE").replay(times(len(rows), DAY), rows)
    assert answers[24]["alert"]
    assert answers[24]["lower"] > 0
    assert "Nothing arrived" in answers[24]["reason"]
    assert complaints == ""


@pytest.mark.parametrize("meta", [FRESHNESS, {**VOLUME, "measure": "row_count"}])
def test_it_judges_waits_and_totals_too(meta: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point(0, None), point(0, None, "last_update"), point(1, None)]
    answers, complaints = asked([series(meta), *points], monkeypatch)
    assert [each["alert"] for each in answers] == [False] * 3
    assert complaints == ""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("no json", "Line 2: This line is no JSON: "),
        ("[]", "Line 2: A line must be one JSON object."),
        ({"op": "dance"}, 'Line 2: "op" must be "series", "point" or "end".'),
        (point(1, "many"), 'Line 2: "v" must be a number'),
        (point(1, True), 'Line 2: "v" must be a number'),
        ({"op": "point", "t": "noon", "v": 1}, 'Line 2: "t" must be a time such as '),
    ],
)
def test_a_bad_line_is_told_and_the_series_goes_on(line: Any, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, complaints = asked([series(VOLUME), line, point(2, 5)], monkeypatch)
    assert len(answers) == 1
    assert complaints.startswith(complaint)


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {},
        {**VOLUME, "interval_s": 0},
        {**VOLUME, "interval_s": "day"},
        {**VOLUME, "country": 5},
        {**VOLUME, "measure": "x"},
    ],
)
def test_points_of_a_series_that_cannot_begin_are_not_judged(meta: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, complaints = asked([series(VOLUME), series(meta), point(1, 5)], monkeypatch)
    assert answers == []
    assert "Line 2: " in complaints
    assert "Line 3: This point belongs to no series" in complaints

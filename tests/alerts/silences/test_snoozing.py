"""A snooze holds back what is said of one incident; what is still broken at its end is told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.models import Channel, Incident
from apps.alerts.services import snooze, unsnooze
from apps.alerts.silences.snoozing import next_morning
from apps.alerts.silences.worsening import badness, is_worse
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW
from tests.alerts.silences.conftest import act, after, break_it, mend, one, states

pytestmark = pytest.mark.django_db
Lines = Callable[[Incident], list[str]]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def incident(team: Team, ops: Channel) -> Incident:
    return break_it(one(team, ops))[0]


def put(incident: Incident, user: User | None = None, mode: str = "time", until: datetime | None = None) -> None:
    snooze(incident=incident, mode=mode, until=until, user=user, now=NOW, by="" if user else "CI")


def test_at_the_end_of_a_snooze_it_is_told_that_it_is_still_broken(
    incident: Incident, anna: User, lines: Lines
) -> None:
    put(incident, anna, until=after(300))
    assert lines(incident)[-1] == "Anna Berg snoozed it. Nobody is told until 21 Nov 2025, 13:20 (Europe/Berlin)."
    act(after(250))
    assert states() == ["opened queued"]
    act(after(300))
    assert states() == ["opened queued", "summary superseded", "summary queued"]
    incident.refresh_from_db()
    assert (incident.snooze, incident.snoozed_until) == ("", None)


def test_several_snoozes_that_end_together_make_one_summary(team: Team, ops: Channel) -> None:
    for row in break_it(one(team, ops), one(team, ops, number=2)):
        put(row, until=after(60))
    act(after(60))
    assert states("summary").count("summary queued") == 1


def test_what_was_mended_meanwhile_is_only_told_as_over(incident: Incident) -> None:
    put(incident, until=after(60))
    mend(1, at=after(30))
    act(after(59))
    assert states() == ["opened queued", "resolved held"]
    act(after(60))
    assert states() == ["opened queued", "resolved queued"]


def test_a_snooze_ended_by_hand_tells_at_once(incident: Incident, anna: User, lines: Lines) -> None:
    put(incident, until=after(60))
    unsnooze(incident=incident, user=anna, now=after(5))
    act(after(5))
    assert "Anna Berg ended the snooze." in lines(incident)
    assert states("summary") == ["summary superseded", "summary queued"]
    unsnooze(incident=incident, user=anna, now=after(6))
    assert len(states("summary")) == 2


def test_until_it_gets_worse(team: Team, ops: Channel, incident: Incident) -> None:
    put(incident, mode="worse")
    act(after(60))
    assert states() == ["opened queued"]
    break_it(one(team, ops, severity="critical"), at=after(61))
    act(after(62))
    incident.refresh_from_db()
    assert incident.snooze == ""
    assert "changed queued" in states()


def test_until_the_next_good_check_and_the_end_is_told(incident: Incident) -> None:
    put(incident, mode="good_load")
    mend(1, at=after(61))
    assert states() == ["opened queued", "resolved queued"]


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2025-11-21T08:20", "2025-11-21T09:00"),  # a Friday
        ("2025-11-21T09:00", "2025-11-24T09:00"),
        ("2025-11-23T23:00", "2025-11-24T09:00"),
        ("2026-03-27T18:00", "2026-03-30T09:00"),  # the clocks change in between
    ],
)
def test_the_next_working_morning(now: str, morning: str) -> None:
    found = next_morning(datetime.fromisoformat(now).replace(tzinfo=BERLIN), BERLIN)
    assert found == datetime.fromisoformat(morning).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(("mode", "until"), [("time", None), ("time", NOW), ("time", after(days=91)), ("never", None)])
def test_an_end_that_cannot_be_is_refused(incident: Incident, mode: str, until: datetime | None) -> None:
    with pytest.raises(InvalidInput):
        put(incident, mode=mode, until=until)


def test_what_is_over_or_part_of_another_is_not_snoozed(team: Team, ops: Channel) -> None:
    row, part = break_it(
        one(team, ops, connection_id=1, table="main.t"), one(team, ops, number=2, connection_id=1, table="main.t")
    )
    with pytest.raises(InvalidInput, match="Snooze that one"):
        put(part, until=after(60))
    mend(1, 2, at=after(5))
    with pytest.raises(InvalidInput, match="resolved already"):
        put(row, until=after(60))


@pytest.mark.parametrize(
    ("before", "after_", "worse"),
    [
        ({"situation": "stale", "age_seconds": 100.0}, {"situation": "stale", "age_seconds": 151.0}, True),
        ({"situation": "stale", "age_seconds": 100.0}, {"situation": "stale", "age_seconds": 150.0}, False),
        ({"situation": "drop", "difference_percent": -20.0}, {"situation": "drop", "difference_percent": -50.0}, True),
        ({"situation": "drop", "difference_percent": -20.0}, {"situation": "stale", "age_seconds": 5e5}, False),
        ({"situation": "query_rows", "rows": 4}, {"situation": "query_rows", "rows": 7}, True),
        ({"situation": "number", "value": 12, "normal": 10}, {"situation": "number", "value": 6, "normal": 10}, True),
        ({"situation": "schema"}, {"situation": "schema"}, False),
        ({"situation": "faulty", "faulty": 0}, {"situation": "faulty", "faulty": 1}, True),
    ],
)
def test_how_bad_it_is_by_its_numbers(before: dict[str, Any], after_: dict[str, Any], worse: bool) -> None:
    kept = badness(severity="high", facts=before)
    assert is_worse(kept, severity="high", facts=after_) is worse
    assert is_worse(kept, severity="critical", facts=before)
    assert not is_worse(kept, severity="low", facts=before)

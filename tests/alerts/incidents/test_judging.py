"""What people say that incidents were, and what is noted on them from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Incident, TimelineKind
from apps.alerts.services import Recovery, close_as, judge, outcomes, remark, report
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, found

Timeline = Callable[[Incident], list[str]]


def over(team: Team, *channels: Channel) -> Incident:
    incident = found(team, *channels)
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=1))
    incident.refresh_from_db()
    return incident


def test_of_what_ended_by_itself_a_person_says_what_it_was(
    team: Team, mail: Channel, anna: User, timeline: Timeline
) -> None:
    incident = over(team, mail)
    judge(incident=incident, outcome="false_alarm", user=anna, now=NOW + timedelta(hours=2))
    assert (incident.outcome, incident.resolved_by) == ("false_alarm", None)
    assert timeline(incident)[-1] == "Anna Berg says that this was: false alarm."
    assert Delivery.objects.count() == 2  # the beginning and the end: nobody hears of the word


def test_a_later_word_replaces_an_earlier_one(team: Team, anna: User) -> None:
    incident = over(team)
    for word in ("false_alarm", "real"):
        judge(incident=incident, outcome=word, user=anna, now=NOW + timedelta(hours=2))
    assert [judged.outcome for judged in outcomes(keys=[KEY], since=NOW)] == ["real"]


def test_what_is_open_is_closed_instead(team: Team, anna: User) -> None:
    with pytest.raises(InvalidInput, match="not over yet"):
        judge(incident=found(team), outcome="real", user=anna, now=NOW)


def test_an_outcome_that_does_not_exist_is_refused(team: Team, anna: User) -> None:
    with pytest.raises(InvalidInput, match="one of real, false_alarm"):
        judge(incident=over(team), outcome="", user=anna, now=NOW)


def test_outcomes_are_those_since_a_time_by_the_keys_that_were_asked_for(team: Team, anna: User) -> None:
    long = f"rule/1/{'t' * 900}"
    for key in (KEY, long, "rule/2/other"):
        close_as(incident=found(team, key=key), outcome="false_alarm", user=anna, now=NOW)
    asked = outcomes(keys=[KEY, long], since=NOW)
    assert {(judged.key, judged.outcome) for judged in asked} == {(KEY, "false_alarm"), (long, "false_alarm")}
    assert outcomes(keys=[KEY], since=NOW + timedelta(seconds=1)) == []


def test_a_remark_stands_on_what_is_open_alone(team: Team, anna: User, timeline: Timeline) -> None:
    done, open_one = over(team), found(team, key="rule/2/other")
    said = remark(
        keys=[KEY, "rule/2/other"], kind=TimelineKind.EDITED, text="The rule was changed.", user=anna, now=NOW
    )
    assert said == 1
    assert timeline(open_one)[-1] == "The rule was changed."
    assert "The rule was changed." not in timeline(done)

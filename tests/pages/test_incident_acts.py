"""What the buttons of an incident's page do, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from apps.alerts.incidents.pages.acts import snooze_of
from apps.alerts.models import Incident, TimelineEntry
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.teams.models import Role, Team, User
from tests.pages.conftest import NOW, World

SignIn = Callable[..., Client]
BERLIN = ZoneInfo("Europe/Berlin")


def press(client: Client, incident: Incident, act: str, **fields: object) -> str:
    """Press a button and return the page that follows."""
    answer = client.post(f"/alerts/incident/{incident.pk}/{act}/", fields, follow=True)
    assert answer.status_code == 200
    incident.refresh_from_db()
    return answer.content.decode()


def another(team: Team, **known: object) -> Incident:
    now = utc_now()
    return Incident.objects.create(
        key=f"rule/5/t{Incident.objects.count()}", team=team, title="Another", facts={}, opened_at=now,
        last_seen_at=now, next_action_at=now, **known,
    )  # fmt: skip


def test_acknowledging_takes_it(operator: Client, world: World) -> None:
    page = press(operator, world.incident, "acknowledge")
    assert "You have it now." in page
    assert world.incident.assigned_to is not None
    assert 'id="acknowledge"' not in page


def test_it_is_given_to_a_member_and_taken_away(operator: Client, world: World) -> None:
    member = world.team.members.get(role=Role.OPERATOR).user
    assert f"{member} has it now." in press(operator, world.incident, "assign", to=member.pk)
    assert "Nobody has it now." in press(operator, world.incident, "assign", to="")
    assert world.incident.assigned_to is None


def test_it_is_given_to_no_stranger(operator: Client, stranger: Client, world: World) -> None:
    outsider = User.objects.exclude(memberships__team=world.team).get()
    assert "is not in the team" in press(operator, world.incident, "assign", to=outsider.pk)
    assert "There is no such person." in press(operator, world.incident, "assign", to="999999")
    assert world.incident.assigned_to is None


def test_a_snooze_says_until_when_and_can_be_ended(operator: Client, world: World) -> None:
    page = press(operator, world.incident, "snooze", **{"for": "4h"})
    assert "Checks go on, and everything is recorded." in page
    assert world.incident.snoozed_until is not None
    assert 'id="unsnooze"' in page
    press(operator, world.incident, "unsnooze")
    assert world.incident.snooze == ""


@pytest.mark.parametrize(
    ("wanted", "until", "expected"),
    [
        ("1h", "", ("time", NOW + timedelta(hours=1))),
        ("time", "2026-11-22T09:30", ("time", datetime(2026, 11, 22, 8, 30, tzinfo=UTC))),
        ("morning", "", ("morning", None)), ("good_load", "", ("good_load", None)), ("worse", "", ("worse", None)),
    ],
)  # fmt: skip
def test_a_snooze_ends_when_it_should(wanted: str, until: str, expected: tuple[str, datetime | None]) -> None:
    assert snooze_of(wanted, until, BERLIN, NOW) == expected


@pytest.mark.parametrize(
    ("wanted", "until", "words"),
    [("", "", "Say how long: one of 1h"), ("time", "", "day and time"), ("time", "soon", "day and time"),
     ("time", "2026-11-20T09:30", "over already")],
)  # fmt: skip
def test_a_snooze_without_a_right_end_says_what_to_do(wanted: str, until: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        snooze_of(wanted, until, BERLIN, NOW)


def test_called_fixed_it_stays_open_until_a_check_proves_it(operator: Client, world: World) -> None:
    page = press(operator, world.incident, "fixed")
    assert "a good one closes the incident" in page
    assert "Called fixed, waiting for proof" in page
    assert world.incident.status == "open"


def test_while_it_fails_closing_says_so(operator: Client, world: World) -> None:
    page = operator.get(f"/alerts/incident/{world.incident.pk}/").content.decode()
    assert "It still fails at the last check at" in page
    Incident.objects.update(over_at=NOW)
    assert "It is good again; close it as" in operator.get(f"/alerts/incident/{world.incident.pk}/").content.decode()


@pytest.mark.parametrize("outcome", ["real", "false_alarm", "expected", "duplicate", "wont_fix"])
def test_one_tap_closes_it_as_what_it_was(operator: Client, world: World, outcome: str) -> None:
    assert "Closed as:" in press(operator, world.incident, "close", outcome=outcome)
    assert (world.incident.status, world.incident.outcome) == ("resolved", outcome)


def test_without_an_outcome_it_is_not_closed(operator: Client, world: World) -> None:
    assert "Say what it was" in press(operator, world.incident, "close")
    assert world.incident.status == "open"


def test_of_what_ended_by_itself_the_page_asks_what_it_was(operator: Client, world: World) -> None:
    Incident.objects.update(status="resolved", resolved_at=NOW)
    assert "What was it?" in operator.get(f"/alerts/incident/{world.incident.pk}/").content.decode()
    page = press(operator, world.incident, "outcome", outcome="false_alarm")
    assert "Thank you. This was: false alarm." in page
    assert world.incident.outcome == "false_alarm"


def test_what_is_over_answers_with_a_sentence(operator: Client, world: World) -> None:
    Incident.objects.update(status="resolved", resolved_at=NOW)
    for act in ("acknowledge", "fixed", "assign"):
        assert "This incident is resolved already" in press(operator, world.incident, act)


def test_its_severity_is_changed(operator: Client, world: World) -> None:
    assert "The severity is critical now." in press(operator, world.incident, "severity", severity="critical")
    assert "is no severity" in press(operator, world.incident, "severity", severity="awful")
    assert world.incident.severity == "critical"


def test_it_is_merged_and_split_off_on_the_page_of_its_lead(operator: Client, world: World) -> None:
    lead = another(world.team)
    assert f"It is part of incident {lead.pk} now" in press(operator, world.incident, "merge", into=lead.pk)
    assert world.incident.merged_into == lead
    page = press(operator, world.incident, "split", back=lead.pk)
    assert "stands by itself now" in page
    assert f'hx-get="/alerts/incident/{lead.pk}/' in page
    assert "stands by itself already" in press(operator, world.incident, "split")


def test_it_is_merged_into_nothing_of_others(operator: Client, world: World) -> None:
    theirs = another(Team.objects.create(name="Theirs"))
    for into in (theirs.pk, world.incident.pk, 999999, "x"):
        assert "Choose another open incident of the same team." in press(operator, world.incident, "merge", into=into)
    assert world.incident.merged_into is None


def test_what_was_learned_is_kept_and_shown(operator: Client, world: World) -> None:
    page = press(operator, world.incident, "learned", cause="A key expired.", fix="A new key.", prevention="")
    assert "A key expired.</textarea>" in page
    assert (world.incident.cause, world.incident.fix) == ("A key expired.", "A new key.")


def test_a_note_is_a_line_with_its_author(operator: Client, world: World) -> None:
    press(operator, world.incident, "note", text="The loader was restarted.")
    line = TimelineEntry.objects.latest("pk")
    assert (line.text, line.user is not None) == ("The loader was restarted.", True)
    assert "The note is empty." in press(operator, world.incident, "note", text=" ")


def test_there_is_no_other_act(operator: Client, world: World) -> None:
    assert operator.post(f"/alerts/incident/{world.incident.pk}/explode/").status_code == 404
    assert operator.get(f"/alerts/incident/{world.incident.pk}/acknowledge/").status_code == 405

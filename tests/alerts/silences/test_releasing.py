"""At the end of a hold a channel hears once of what is still broken and not known, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest

from apps.alerts.models import Channel, Delivery, Incident, Preference
from apps.alerts.services import end_silence, save_channel, save_silence
from apps.alerts.silences.fates import Fate, fate
from apps.alerts.silences.saving import SilenceDraft
from apps.teams.models import Team, User
from tests.alerts.conftest import deliver, text_of
from tests.alerts.silences.conftest import act, after, break_it, mend, mute, one, states
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
Lines = Callable[[Incident], list[str]]


def test_one_summary_tells_of_all_that_is_still_broken(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    mute(team, kind="maintenance", reason="The store moves house")
    break_it(
        *(one(team, ops, number=number, severity="critical" if number == 3 else "high") for number in range(1, 13))
    )
    mend(1, at=after(30))
    act(after(59))
    assert set(states()) == {"opened held", "resolved held"}
    act(after(60))
    assert states().count("summary queued") == 1
    assert set(states()) == {"opened superseded", "resolved superseded", "summary queued"}
    deliver(after(60))
    [mail] = smtp.mails
    assert mail["Subject"] == "[Critical] 11 incidents are still broken in the team Data"
    assert "1. Critical: main.t3 has not changed" in text_of(mail)
    assert "The store moves house" in text_of(mail)


def test_a_single_one_is_told_as_itself(team: Team, ops: Channel, smtp: SmtpServer, lines: Lines) -> None:
    mute(team, rule_id=1)
    [incident] = break_it(one(team, ops))
    act(after(60))
    assert Delivery.objects.get(kind="summary").incident == incident
    assert lines(incident)[-1] == "What was held back for ops is told in a summary now: it is still broken."
    deliver(after(60))
    assert smtp.mails[0]["Subject"].startswith("[High] Still broken: main.t1 has not changed")


def test_a_pager_gets_a_page_for_each(team: Team, pager: Channel) -> None:
    mute(team, kind="maintenance")
    incidents = break_it(one(team, pager), one(team, pager, number=2))
    act(after(60))
    assert [row.incident for row in Delivery.objects.filter(kind="summary").order_by("incident")] == incidents


def test_what_was_over_before_is_not_told_and_the_timeline_says_so(team: Team, ops: Channel, lines: Lines) -> None:
    mute(team, rule_id=1)
    [incident] = break_it(one(team, ops))
    mend(1, at=after(30))
    act(after(60))
    assert states() == ["opened superseded", "resolved superseded"]
    assert lines(incident)[-1] == (
        "It was over before the hold ended, so ops is told neither of its beginning nor of its end."
    )


def test_the_end_of_what_was_known_is_told_when_the_hold_ends(team: Team, ops: Channel) -> None:
    break_it(one(team, ops))
    mute(team, rule_id=1)
    mend(1, at=after(30))
    act(after(60))
    assert states() == ["opened queued", "resolved queued"]


def test_what_was_known_is_not_told_again(team: Team, ops: Channel, lines: Lines) -> None:
    [incident] = break_it(one(team, ops, severity="critical"))
    mute(team, rule_id=1)
    act(after(31))
    act(after(61))
    assert states() == ["opened queued", "reminder superseded"]
    assert lines(incident)[-1] == "ops knows what was held back, so it is not sent."


def test_another_silence_holds_on(team: Team, ops: Channel, lines: Lines) -> None:
    mute(team, rule_id=1)
    mute(team, tables=["main.*"], ends_at=after(180), starts_at=after(30), reason="Backfill")
    [incident] = break_it(one(team, ops))
    act(after(60))
    act(after(61))
    assert states() == ["opened held"]
    assert Delivery.objects.get().due_at == after(180)
    assert sum("held back on" in line for line in lines(incident)) == 1


def test_ending_a_silence_early_releases_at_once(team: Team, ops: Channel, anna: User) -> None:
    draft = SilenceDraft(kind="mute", reason="Known", tables=("main.*",))
    silence = save_silence(team=team, draft=draft, owner=anna, now=after(-5))
    break_it(one(team, ops))
    assert end_silence(silence=silence, now=after(10))
    act(after(10))
    assert states() == ["opened superseded", "summary queued"]


def test_quiet_hours_end_with_one_mail_to_the_person(team: Team, member: User, smtp: SmtpServer) -> None:
    Preference.objects.create(user=member, quiet_from=time(20), quiet_until=time(9))
    break_it(one(team), one(team, number=2))
    act(after(40))
    deliver(after(40))
    [mail] = smtp.mails
    assert (mail["To"], mail["Subject"]) == ("anna@example.com", "[High] 2 incidents are still broken in the team Data")


def test_the_summary_is_written_once_however_often_it_is_looked_at(team: Team, ops: Channel) -> None:
    mute(team, rule_id=1)
    break_it(one(team, ops))
    for minute in (60, 60, 61):
        act(after(minute))
    assert states() == ["opened superseded", "summary queued"]


def test_after_a_summary_of_several_the_end_of_each_is_told(team: Team, ops: Channel) -> None:
    mute(team, kind="maintenance")
    break_it(one(team, ops), one(team, ops, number=2))
    act(after(60))
    mute(team, kind="maintenance", starts_at=after(70), ends_at=after(100))
    mend(1, at=after(80))
    assert states("resolved") == ["resolved held"]
    act(after(100))
    assert states("resolved") == ["resolved queued"]


def test_each_channel_gets_its_own(team: Team, ops: Channel) -> None:
    other = save_channel(team=team, name="data", type="email", settings={"to": ["data@example.com"]})
    mute(team, kind="maintenance")
    break_it(one(team, ops, other), one(team, other, number=2))
    act(after(60))
    told = Delivery.objects.filter(kind="summary").order_by("channel__name").values_list("channel__name", "incident")
    assert [(name, incident is None) for name, incident in told] == [("data", True), ("ops", False)]


@pytest.mark.parametrize(
    ("kinds", "known", "resolved", "expected"),
    [
        ({"opened"}, False, False, Fate.SUMMARY),
        ({"opened", "resolved"}, False, True, Fate.OVER),
        ({"resolved"}, True, True, Fate.END),
        ({"reminder"}, True, False, Fate.KNOWN),
        ({"changed", "reminder"}, True, False, Fate.SUMMARY),
        ({"resolved", "reopened"}, True, False, Fate.KNOWN),
        ({"reopened"}, False, False, Fate.SUMMARY),
        ({"reminder"}, True, True, Fate.KNOWN),
    ],
)
def test_what_becomes_of_held_messages(kinds: set[str], known: bool, resolved: bool, expected: Fate) -> None:
    assert fate(kinds=kinds, known=known, resolved=resolved, part=False) is expected
    ends = known and "resolved" in kinds
    assert fate(kinds=kinds, known=known, resolved=resolved, part=True) is (Fate.END if ends else Fate.PART)

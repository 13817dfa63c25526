"""A message that is late or given up is told by another channel, once, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.outbox.elsewhere import choose
from apps.alerts.outbox.fallback import fall_back
from apps.alerts.services import Recovery, report, save_channel, send_test
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, deliver, found, text_of
from tests.alerts.outbox.conftest import HOUR, MINUTE, sent_to, statuses
from tests.servers.http import Answer, HttpServer
from tests.servers.smtp import SmtpServer

Timeline = Callable[[Incident], list[str]]
LONG_DOWN = [Answer(503)] * 20


def test_what_is_given_up_goes_to_the_fallback_channel_and_names_the_broken_one(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, timeline: Timeline
) -> None:
    http.answers.append(Answer(410))
    incident = found(team, hook)
    deliver()
    assert fall_back(now=NOW) == 1
    deliver()
    assert statuses(incident) == {("opened", "ops-hook"): "dead", ("opened", "ops-mail"): "sent"}
    assert "This was meant for ops-hook, which does not take messages" in text_of(smtp.mails[0])
    assert "answered 410" in text_of(smtp.mails[0])
    assert "ops-mail is told instead." in " ".join(timeline(incident))
    assert Delivery.objects.get(channel=mail).fallback_of == Delivery.objects.get(channel=hook)


@pytest.mark.parametrize(("severity", "minutes"), [("critical", 2), ("high", 10), ("medium", 60)])
def test_what_is_not_sent_by_its_deadline_is_told_elsewhere_and_still_retried(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, severity: str, minutes: int
) -> None:
    http.answers.extend(LONG_DOWN)
    found(team, hook, severity=severity)
    deliver()
    assert fall_back(now=NOW + (minutes - 1) * MINUTE) == 0
    assert fall_back(now=NOW + minutes * MINUTE) == 1
    assert Delivery.objects.get(channel=hook).status == "queued"
    http.answers.clear()
    assert deliver(NOW + HOUR) == 2
    assert (len(http.requests), len(smtp.mails)) == (2, 1)


def test_who_stands_in_for_a_beginning_when_it_is_over_already_hears_of_both_in_one(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer
) -> None:
    http.answers.extend([Answer(503)] * 4)
    incident = found(team, hook, severity="critical")
    for seconds in (0, 6, 30, 100):
        deliver(NOW + timedelta(seconds=seconds))
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(seconds=110))
    fall_back(now=NOW + 2 * MINUTE)
    for minutes in (2, 5):  # the hook takes messages again, so that the end needs nobody to stand in for it
        deliver(NOW + minutes * MINUTE)
    assert statuses(incident)["resolved", "ops-hook"] == "sent"
    assert [str(each["Subject"]).split("]")[0] for each in smtp.mails] == ["[Resolved"]
    assert "was meant for ops-hook" in text_of(smtp.mails[0])


def test_a_fallback_is_made_once(team: Team, hook: Channel, mail: Channel, http: HttpServer) -> None:
    http.answers.extend(LONG_DOWN)
    found(team, hook, severity="critical")
    for day in range(20):
        deliver(NOW + timedelta(days=day))
        fall_back(now=NOW + timedelta(days=day))
    assert Delivery.objects.get(channel=hook).status == "dead"
    assert Delivery.objects.filter(channel=mail).count() == 1


def test_the_channels_own_fallback_comes_first(
    team: Team, hook: Channel, mail: Channel, other_mail: Channel, http: HttpServer, smtp: SmtpServer
) -> None:
    Channel.objects.filter(pk=hook.pk).update(fallback=other_mail)
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    fall_back(now=NOW)
    deliver()
    assert sent_to(smtp) == ["other@example.com"]


def test_without_another_channel_the_managers_are_told(
    team: Team, hook: Channel, http: HttpServer, smtp: SmtpServer, manager: User
) -> None:
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    fall_back(now=NOW)
    deliver()
    assert sent_to(smtp) == ["lea@example.com"]
    assert "You get this because the channel ops-hook does not take messages" in text_of(smtp.mails[0])


def test_with_nobody_left_the_timeline_says_so(team: Team, hook: Channel, http: HttpServer, timeline: Timeline) -> None:
    http.answers.append(Answer(410))
    incident = found(team, hook)
    deliver()
    assert (fall_back(now=NOW), fall_back(now=NOW)) == (1, 0)
    assert "Nobody else was told" in timeline(incident)[-1]


def test_a_fallback_that_fails_goes_on_to_the_next_and_ends(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, manager: User
) -> None:
    smtp.refuse |= dict.fromkeys(["ops@example.com", "lea@example.com"], "550 no such user")
    http.answers.append(Answer(410))
    incident = found(team, hook)
    for minute in range(6):
        deliver(NOW + minute * MINUTE)
        fall_back(now=NOW + minute * MINUTE)
    told = statuses(incident)
    assert told == dict.fromkeys([("opened", name) for name in ("ops-hook", "ops-mail", "Lea Manager")], "dead")


def test_who_heard_of_it_already_is_not_told_twice(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer, timeline: Timeline
) -> None:
    http.answers.append(Answer(410))
    incident = found(team, hook, mail)
    deliver()
    fall_back(now=NOW)
    assert deliver() == 0
    assert len(smtp.mails) == 1
    assert timeline(incident)[-1].endswith("ops-mail heard of it already.")


def test_who_stood_in_hears_of_the_end(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer
) -> None:
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    fall_back(now=NOW)
    deliver()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + HOUR)
    deliver(NOW + HOUR)
    assert [str(each["Subject"])[:10] for each in smtp.mails] == ["[High] Ord", "[Resolved]"]


def test_another_teams_channel_never_stands_in(team: Team, hook: Channel, http: HttpServer, smtp: SmtpServer) -> None:
    stranger = Team.objects.create(name="Strangers")
    save_channel(team=stranger, name="theirs", type="email", settings={"to": ["them@example.com"]})
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    fall_back(now=NOW)
    assert (deliver(), smtp.mails) == (0, [])


def test_a_test_message_has_no_fallback(team: Team, hook: Channel, mail: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(410))
    send_test(channel=hook, now=NOW)
    deliver()
    assert fall_back(now=NOW + HOUR) == 0


def test_a_message_that_failed_itself_is_not_relied_upon(mail: Channel, other_mail: Channel) -> None:
    assert choose([mail, other_mail], [], {mail.pk: "queued"}) == ([other_mail], None)
    assert choose([mail, other_mail], [], {mail.pk: "sent"}) == ([], mail)
    assert choose([mail], [other_mail], {mail.pk: "dead"}) == ([other_mail], None)
    assert choose([mail], [other_mail], {mail.pk: "dead", other_mail.pk: "sent"}) == ([], other_mail)
    assert choose([], [], {}) == ([], None)


def test_whoever_stands_in_is_told_although_another_mail_was_to_tell_them(
    team: Team, hook: Channel, mail: Channel, http: HttpServer, smtp: SmtpServer
) -> None:
    http.answers.append(Answer(410))
    incident = found(team, hook)
    missed = Delivery.objects.get(incident=incident)
    missed.facts |= {"told_elsewhere": mail.settings["to"]}
    missed.save()
    deliver()
    fall_back(now=NOW)
    deliver()
    assert sent_to(smtp) == mail.settings["to"]

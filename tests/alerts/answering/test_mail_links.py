"""The links in mails: they ask before they act, act once, and say for whom."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from apps.alerts.answering import links
from apps.alerts.answering.acts import Answer
from apps.alerts.models import Channel, Delivery, Incident, SeenRequest
from apps.alerts.services import close_as
from apps.teams.models import Member, Role, Team, User
from tests.alerts.answering.conftest import lines, link
from tests.alerts.conftest import deliver, found, text_of
from tests.servers.smtp import SmtpServer


def incident() -> Incident:
    return Incident.objects.get()


def old_link(ticket: links.Ticket, age: timedelta, monkeypatch: pytest.MonkeyPatch) -> str:
    """A link as it was signed some time ago."""
    then = (timezone.now() - age).timestamp()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: then)
        return links.address_of(ticket).partition(":8000")[2]


def ticket(answer: Answer = Answer.ACKNOWLEDGE, to: str = "ops@example.com") -> links.Ticket:
    return links.Ticket(Delivery.objects.get(kind="opened").key, to, answer)


@pytest.mark.parametrize("answer", list(Answer))
def test_opening_a_link_does_nothing_but_ask(shared: EmailMessage, client: Client, answer: Answer) -> None:
    page = client.get(link(shared, answer))
    assert page.status_code == 200
    assert "<form" in page.text
    assert incident().title in page.text
    assert "Somebody who got the mail to ops@example.com" in page.text
    assert (incident().status, incident().snooze) == ("open", "")


def test_a_look_by_a_mail_scanner_does_nothing(shared: EmailMessage, client: Client) -> None:
    assert client.head(link(shared, "acknowledge")).status_code == 200
    assert incident().status == "open"


def test_the_button_acknowledges_in_the_name_of_the_person(
    personal: EmailMessage, client: Client, operator: User
) -> None:
    page = client.post(link(personal, "acknowledge"))
    assert (page.status_code, "Anna Berg takes care of it now." in page.text) == (200, True)
    assert (incident().status, incident().acknowledged_by) == ("acknowledged", operator)
    assert "Anna Berg takes care of it." in lines(incident())


def test_a_shared_mail_names_the_address_it_went_to(shared: EmailMessage, client: Client) -> None:
    client.post(link(shared, "acknowledge"))
    assert (incident().status, incident().acknowledged_by) == ("acknowledged", None)
    assert "Somebody who got the mail to ops@example.com takes care of it." in lines(incident())


def test_the_button_snoozes_until_the_next_working_morning(shared: EmailMessage, client: Client) -> None:
    page = client.post(link(shared, "snooze"))
    assert incident().snooze == "morning"
    assert "It is snoozed until " in page.text
    assert "(Europe/Berlin)" in page.text


def test_the_button_closes_what_is_no_problem(shared: EmailMessage, client: Client) -> None:
    client.post(link(shared, "not_a_problem"))
    assert (incident().status, incident().outcome) == ("resolved", "false_alarm")


def test_a_link_acts_once(shared: EmailMessage, client: Client) -> None:
    path = link(shared, "snooze")
    client.post(path)
    Incident.objects.update(snooze="", snoozed_until=None)
    again = [client.post(path), client.get(path)]
    assert [page.status_code for page in again] == [409, 409]
    assert all("This was done already" in page.text for page in again)
    assert incident().snooze == ""


def test_what_is_over_cannot_be_answered(shared: EmailMessage, client: Client, anna: User) -> None:
    close_as(incident=incident(), outcome="real", user=anna, now=timezone.now())
    page = client.post(link(shared, "acknowledge"))
    assert (page.status_code, "The incident is over already" in page.text) == (409, True)
    assert not SeenRequest.objects.exists()


def test_a_link_ends_after_seven_days(shared: EmailMessage, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = old_link(ticket(), timedelta(days=6, hours=23), monkeypatch)
    stale = old_link(ticket(), timedelta(days=7, hours=1), monkeypatch)
    assert client.get(fresh).status_code == 200
    page = client.post(stale)
    assert (page.status_code, "older than 7 days" in page.text) == (410, True)
    assert incident().status == "open"


@pytest.mark.parametrize("change", ["another key", "another salt", "cut short", "another answer", "no token"])
def test_a_forged_link_is_refused(shared: EmailMessage, client: Client, settings: DjangoSettings, change: str) -> None:
    path = link(shared, "acknowledge")
    token = path.split("/")[2]
    value = [ticket().delivery, "ops@example.com", "acknowledge"]
    forged = {
        "another key": signing.dumps(value, key="another key than ours", salt=links.SALT),
        "another salt": signing.dumps(value, salt="something else"),
        "cut short": token[:-3],
        "another answer": f"{signing.dumps([*value[:2], 'snooze'], key='x').split(':')[0]}:{token.partition(':')[2]}",
        "no token": "nonsense",
    }[change]
    page = client.post(f"/answer/{forged}/")
    assert (page.status_code, "not complete or was changed" in page.text) == (400, True)
    assert incident().status == "open"


def test_who_left_the_team_can_answer_no_more(personal: EmailMessage, client: Client, operator: User) -> None:
    Member.objects.all().delete()
    page = client.post(link(personal, "acknowledge"))
    assert (page.status_code, "needs the role of an operator in the team Data" in page.text) == (403, True)
    assert incident().status == "open"


def test_a_viewer_can_not_answer(personal: EmailMessage, client: Client, operator: User) -> None:
    Member.objects.update(role=Role.VIEWER)
    assert client.post(link(personal, "not_a_problem")).status_code == 403
    assert incident().status == "open"


@pytest.mark.parametrize("settings_now", [{"to": ["new@example.com"]}, {"to": ["ops@example.com"], "answers": False}])
def test_an_address_that_was_taken_off_the_channel_can_answer_no_more(
    shared: EmailMessage, client: Client, mail: Channel, settings_now: dict[str, object]
) -> None:
    Channel.objects.filter(pk=mail.pk).update(settings=settings_now)
    assert client.post(link(shared, "acknowledge")).status_code == 410
    assert incident().status == "open"


def test_a_message_that_is_gone_leads_to_nothing(shared: EmailMessage, client: Client) -> None:
    path = link(shared, "acknowledge")
    Incident.objects.all().delete()
    assert client.get(path).status_code == 410


def test_mails_have_no_links_where_that_is_switched_off(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    Channel.objects.filter(pk=mail.pk).update(settings=mail.settings | {"answers": False})
    found(team, Channel.objects.get(pk=mail.pk))
    deliver()
    assert "/answer/" not in text_of(smtp.mails[0])


def test_mails_that_become_files_have_no_links(
    team: Team, mail: Channel, smtp: SmtpServer, settings: DjangoSettings
) -> None:
    settings.EMAIL_CONFIGURED = False
    found(team, mail)
    deliver()
    assert "/answer/" not in text_of(smtp.mails[0])


def test_the_pages_are_kept_by_nobody(shared: EmailMessage, client: Client) -> None:
    page = client.get(link(shared, "acknowledge"))
    assert "no-store" in page["Cache-Control"]
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")

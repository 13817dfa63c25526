"""Mails in a real SMTP listener."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.models import Channel, Delivery, DeliveryKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce
from apps.alerts.services import Recovery, report, save_channel, send_test
from apps.common.errors import InvalidInput
from apps.teams.models import Member, Role, Team, User
from tests.alerts.conftest import KEY, NOW, deliver, finding, found, text_of
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpServer


def two_people(team: Team) -> Channel:
    return save_channel(team=team, name="both", type="email", settings={"to": ["a@example.com", "b@example.com"]})


def test_a_mail_says_what_how_long_since_when_and_why(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail)
    deliver()
    got = smtp.mails[0]
    assert got["Subject"] == "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    text = text_of(got)
    assert "Last change: 21 Nov 2025, 06:10 (Europe/Berlin)" in text
    assert "When it alerts: Alerts if main.orders has not changed for more than 70 min." in text
    assert "You get this because the rule “Orders keep arriving” names this channel." in text
    assert f"/alerts/incident/{Delivery.objects.get().incident_id}/change/" in text


def test_a_mail_carries_its_delivery_and_announces_itself_as_automatic(
    team: Team, mail: Channel, smtp: SmtpServer
) -> None:
    found(team, mail)
    deliver()
    key = Delivery.objects.get().key
    assert smtp.mails[0]["X-Midwatch-Delivery"] == key
    assert smtp.mails[0]["Message-ID"].strip() == f"<{key}@midwatch.example>"  # a long one stands on a line of its own
    assert smtp.mails[0]["Auto-Submitted"] == "auto-generated"


def test_the_end_is_told_with_its_duration_in_the_same_thread(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    incident = found(team, mail)
    facts = {"age_seconds": 60.0, "last_change": (NOW + timedelta(minutes=129)).isoformat()}
    deliver()
    report(findings=[], recoveries=[Recovery(KEY, facts)], now=NOW + timedelta(minutes=130))
    deliver(NOW + timedelta(minutes=130))
    opening, end = smtp.mails
    root = f"<incident-{incident.pk}@midwatch.example>"
    assert (opening["References"], opening["In-Reply-To"]) == (root, None)
    assert (end["References"], end["In-Reply-To"]) == (root, root)
    assert "The data is back: main.orders is up to date again" in text_of(end)
    assert "The trouble lasted 2 h 10 min." in text_of(end)


def test_a_mail_shows_what_was_seen_beside_what_is_fine(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail)
    deliver()
    (picture,) = [part for part in smtp.mails[0].walk() if part.get_content_maintype() == "image"]
    html = smtp.mails[0].get_body(("html",))
    assert html is not None
    assert picture.get_payload(decode=True)[:4] == b"\x89PNG"  # type: ignore[index]
    assert (
        f'src="cid:{picture["Content-ID"][1:-1]}" alt="Unchanged for: 2 h 10 min. Limit: 70 min.' in html.get_content()
    )
    assert picture.get_content_disposition() == "inline"
    assert smtp.mails[0].get_content_type() == "multipart/related"


def test_a_mail_without_numbers_has_no_picture(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail, situation="unknown", reason="The store was away.")
    deliver()
    assert smtp.mails[0].get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("kind", ["changed", "reminder", "escalated"])
def test_what_happens_on_the_way_belongs_to_the_thread(
    team: Team, mail: Channel, smtp: SmtpServer, kind: DeliveryKind
) -> None:
    incident = found(team, mail)
    deliver()
    event = Event(incident, DeliveryKind(kind), incident.facts | {"change": "It got worse."}, serial="1")
    announce([event], now=NOW + timedelta(hours=1))
    deliver(NOW + timedelta(hours=1))
    root = f"<incident-{incident.pk}@midwatch.example>"
    assert (smtp.mails[-1]["References"], smtp.mails[-1]["In-Reply-To"]) == (root, root)
    assert smtp.mails[-1]["Message-ID"] != smtp.mails[0]["Message-ID"]


def test_a_persons_own_mail_goes_to_the_address_that_they_have_now(team: Team, smtp: SmtpServer, anna: User) -> None:
    Member.objects.create(team=team, user=anna, role=Role.OPERATOR)
    report(findings=[replace(finding(team), people=(anna.pk,))], recoveries=[], now=NOW)
    anna.email = "berg@example.com"
    anna.save()
    deliver()
    assert smtp.recipients == ["berg@example.com"]


def test_names_are_escaped_in_html(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail, table="<script>alert(1)</script>")
    deliver()
    html = smtp.mails[0].get_body(("html",))
    assert html is not None
    assert "&lt;script&gt;" in html.get_content()
    assert "<script>" not in html.get_content()


def test_a_name_cannot_add_a_header(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail, rule="Orders\r\nBcc: thief@example.com", table="a\nb\u2028c\u202e")
    deliver()
    assert smtp.mails[0]["Bcc"] is None
    assert smtp.mails[0]["Subject"].startswith("[High] Orders Bcc: thief@example.com: a b c has not changed")
    assert smtp.recipients == ["ops@example.com"]


def test_names_of_three_thousand_characters_are_shortened(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    found(team, mail, rule="r" * 3000, table="t" * 3000)
    deliver()
    subject = str(smtp.mails[0]["Subject"])
    assert len(subject) <= 200
    assert "rrr…: ttt" in subject
    assert subject.endswith("ttt… has not changed for 2 h 10 min")


def test_one_refused_recipient_harms_no_other_and_is_named(team: Team, smtp: SmtpServer) -> None:
    smtp.refuse["a@example.com"] = "550 no such user"
    incident = found(team, two_people(team))
    deliver()
    assert smtp.recipients == ["b@example.com"]
    assert Delivery.objects.get().status == "sent"
    assert incident.timeline.filter(text__contains="Not accepted for a@example.com: 550 no such user.").exists()


def test_when_every_recipient_is_refused_it_is_given_up(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    smtp.refuse["ops@example.com"] = "550 no such user"
    found(team, mail)
    deliver()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == ("dead", "Not accepted for ops@example.com: 550 no such user.")


def test_a_passing_refusal_is_tried_again_without_calling_it_a_repeat(
    team: Team, mail: Channel, smtp: SmtpServer
) -> None:
    smtp.refuse["ops@example.com"] = "451 try later"
    found(team, mail)
    deliver()
    smtp.refuse.clear()
    deliver(NOW + timedelta(minutes=1))
    assert Delivery.objects.get().status == "sent"
    assert "may be a repeat" not in text_of(smtp.mails[0])


def test_a_message_that_the_server_will_not_take_is_given_up(team: Team, mail: Channel, smtp: SmtpServer) -> None:
    smtp.refuse_content = "554 looks like spam"
    found(team, mail)
    deliver()
    assert Delivery.objects.get().status == "dead"
    assert "554 looks like spam" in Delivery.objects.get().error


def test_a_mail_server_that_is_down_is_tried_again(team: Team, mail: Channel, settings: DjangoSettings) -> None:
    settings.EMAIL_PORT = free_port()
    found(team, mail)
    deliver()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.unconfirmed) == ("queued", False)
    assert "cannot be reached" in delivery.error
    assert "Check EMAIL_URL" in delivery.error


def test_a_login_that_the_server_does_not_offer_says_where_to_look(
    team: Team, mail: Channel, settings: DjangoSettings
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "watch", "wrong"
    send_test(channel=mail, now=NOW)
    deliver()
    assert Delivery.objects.get().status == "queued"
    assert "EMAIL_URL" in Delivery.objects.get().error


@pytest.mark.parametrize("to", [[], ["nobody"], ["a@example.com\nBcc: b@example.com"], ["A <a@example.com>"]])
def test_what_is_no_address_is_refused(team: Team, to: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_channel(team=team, name="mail", type="email", settings={"to": to})
    assert refused.value.field == "to"

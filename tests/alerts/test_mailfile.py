"""Without a mail server, mails become files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings as DjangoSettings

from apps.alerts.models import Channel, Delivery
from apps.alerts.outbox.mailfile import FileOutbox, saved_mail, saved_mails
from apps.alerts.services import save_channel
from apps.common.clock import utc_now
from apps.teams.models import Team
from tests.alerts.conftest import deliver, found


@pytest.fixture
def outbox(settings: DjangoSettings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "apps.alerts.outbox.mailfile.FileOutbox"
    settings.EMAIL_OUTBOX = tmp_path / "outbox"
    return tmp_path / "outbox"


def send(subject: str) -> None:
    FileOutbox().send_messages([EmailMessage(subject, "text", "watch@example.com", ["ops@example.com"])])


def test_an_alert_becomes_a_file_that_can_be_read_back(team: Team, outbox: Path) -> None:
    channel: Channel = save_channel(team=team, name="mail", type="email", settings={"to": ["ops@example.com"]})
    found(team, channel, table="main.Bestellungen_größer")
    deliver()
    (mail,) = saved_mails(outbox)
    assert (mail.to, mail.delivery) == ("ops@example.com", Delivery.objects.get().key)
    assert mail.subject.endswith("main.Bestellungen_größer has not changed for 2 h 10 min")
    assert mail.text.startswith("main.Bestellungen_größer has not changed")
    assert "<!doctype html>" in mail.html


def test_the_time_of_a_saved_mail_has_a_zone(outbox: Path) -> None:
    send("a mail")
    (mail,) = saved_mails(outbox)
    assert mail.sent_at is not None
    assert timedelta(0) <= utc_now() - mail.sent_at < timedelta(minutes=1)


def test_the_latest_mail_comes_first(outbox: Path) -> None:
    for number in range(3):
        send(f"mail {number}")
    assert [mail.subject for mail in saved_mails(outbox, limit=2)] == ["mail 2", "mail 1"]


def test_an_outbox_that_does_not_exist_yet_is_empty(outbox: Path) -> None:
    assert saved_mails(outbox) == []


@pytest.mark.parametrize("name", ["../secret.eml", "no.eml", "20251121T072000000000-0123abcd.eml"])
def test_only_mails_of_the_outbox_can_be_read(outbox: Path, name: str) -> None:
    send("a mail")
    (outbox.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert saved_mail(outbox, name) is None


def test_half_written_files_are_not_mails(outbox: Path) -> None:
    send("a mail")
    (outbox / ".writing-abc").write_text("Subject: half")
    assert len(saved_mails(outbox)) == 1

"""The mails about accounts: as text and as HTML, with the same link, and nothing that is fetched from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.teams.models import Invitation, Role, Team, User
from apps.teams.signin.invitations import send

pytestmark = pytest.mark.django_db
LINK = "http://here.example/invitation/key/"


def html_of(sent: mail.EmailMessage) -> str:
    assert isinstance(sent, mail.EmailMultiAlternatives)
    return str(sent.alternatives[0][0])


def test_an_invitation_has_its_link_and_its_end_in_both() -> None:
    team = Team.objects.create(name="Data & more")
    ends = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    send(invitation=Invitation(team=team, email="new@example.com", role=Role.OPERATOR, expires_at=ends), link=LINK)
    (sent,) = mail.outbox
    html = html_of(sent)
    for text in (str(sent.body), html):
        assert LINK in text
        assert "until 28 Nov 2026, 09:00:00 UTC" in text
    assert ("Data & more" in sent.body, "Data &amp; more" in html) == (True, True)
    assert "<time" not in sent.body


def test_a_new_password_is_asked_for_in_the_same_frame(client: Client) -> None:
    User.objects.create_user(
        "anna@example.com", "a long passphrase of hers", date_joined=datetime.now(UTC) - timedelta(1)
    )
    client.post("/account/password/reset/", {"email": "anna@example.com"})
    (sent,) = mail.outbox
    link = re.search(r"http://testserver/\S+", str(sent.body))
    assert link
    assert html_of(sent).count(link[0]) == 3
    assert re.findall(r'src="|url\(|<link|<script', html_of(sent)) == []

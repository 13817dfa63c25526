"""When the company login is broken, the command line lets a person in, once, and the audit knows."""

from __future__ import annotations

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client

from apps.changes.models import AuditEntry
from apps.teams.models import SignInProvider, User
from apps.teams.signin.glass import SALT


@pytest.fixture
def link(provider: SignInProvider) -> str:
    SignInProvider.objects.update(only_way_in=True)
    User.objects.create_superuser("root@example.com")
    out = StringIO()
    call_command("break_glass", "ROOT@example.com", stdout=out)
    return urlsplit(out.getvalue().strip()).path


def test_the_link_signs_in_once_by_a_click(client: Client, link: str) -> None:
    assert client.get(link).status_code == 200
    assert client.get("/").status_code == 302
    assert client.post(link).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert Client().post(link).status_code == 410


def test_the_audit_notes_who_made_it_for_whom(link: str) -> None:
    entry = AuditEntry.objects.filter(act="break_glass").get()
    assert entry.sentence.endswith("made a one-time sign-in link for root@example.com.")


def test_a_link_that_was_changed_or_signed_for_something_else_opens_nothing(client: Client, link: str) -> None:
    held = signing.loads(link.split("/")[3], salt=SALT)
    forged = signing.dumps(held, salt="something else")
    for address in (f"/account/glass/{forged}/", f"{link[:-2]}x/"):
        assert client.post(address).status_code == 410


def test_another_sign_in_meanwhile_ends_the_link(client: Client, link: str) -> None:
    Client().force_login(User.objects.get())
    assert client.post(link).status_code == 410


def test_the_link_of_somebody_who_was_deactivated_opens_nothing(client: Client, link: str) -> None:
    User.objects.update(is_active=False)
    assert client.post(link).status_code == 410


def test_nobody_unknown_gets_a_link(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody with the address"):
        call_command("break_glass", "nobody@example.com")

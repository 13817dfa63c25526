"""The page of the audit: who may read what of it, the search, the file, and the undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from apps.alerts.models import Channel
from apps.alerts.services import save_channel
from apps.changes.models import AuditEntry
from apps.teams.models import Member, Role, Team, User

SignIn = Callable[[Role | None], Client]


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data")


@pytest.fixture
def sign_in(team: Team, client: Client) -> SignIn:
    """Sign somebody in with a role in the team; None makes a stranger, who has another team."""

    def sign_in(role: Role | None) -> Client:
        user = User.objects.create_user(f"{role or 'stranger'}@example.com")
        place = team if role else Team.objects.create(name="Finance")
        Member.objects.create(team=place, user=user, role=role or Role.ADMINISTRATOR)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def channel(team: Team) -> Channel:
    channel = save_channel(team=team, name="ops-mail", type="email", settings={"to": ["ops@example.com"]})
    return save_channel(
        team=team, name="ops-mail", type="email", settings={"to": ["night@example.com"]}, instance=channel
    )


def file_of(client: Client) -> str:
    """The audit as the person gets it as a file."""
    answer = cast("StreamingHttpResponse", client.get("/audit.csv"))
    return b"".join(cast("Iterable[bytes]", answer.streaming_content)).decode()


def change() -> AuditEntry:
    return AuditEntry.objects.get(model="alerts.channel", act="changed")


def test_a_manager_reads_what_was_done_to_the_team(sign_in: SignIn, channel: Channel) -> None:
    text = sign_in(Role.MANAGER).get("/audit/").content.decode()
    assert "changed the to of “ops-mail” from ops@example.com to night@example.com" in text


def test_a_stranger_reads_nothing_of_it_and_cannot_undo(sign_in: SignIn, channel: Channel) -> None:
    stranger = sign_in(None)
    assert "ops-mail" not in stranger.get("/audit/").content.decode()
    assert stranger.post(f"/audit/{change().pk}/undo/").status_code == 404
    assert "ops-mail" not in file_of(stranger)


def test_a_viewer_may_not_read_it(sign_in: SignIn, channel: Channel) -> None:
    assert sign_in(Role.VIEWER).get("/audit/").status_code == 403


def test_words_acts_and_days_narrow_it_down(sign_in: SignIn, channel: Channel) -> None:
    manager = sign_in(Role.MANAGER)
    assert "from ops@example.com" in manager.get("/audit/?q=night+ops-mail&act=changed").content.decode()
    assert "Nothing was found." in manager.get("/audit/?q=nobody").content.decode()
    assert "Nothing was found." in manager.get("/audit/?ends=2001-01-01").content.decode()
    assert "is no day" in manager.get("/audit/?begins=soon").content.decode()


def test_a_change_is_undone_once_and_that_is_an_entry(sign_in: SignIn, channel: Channel) -> None:
    manager, entry = sign_in(Role.MANAGER), change()
    manager.post(f"/audit/{entry.pk}/undo/")
    channel.refresh_from_db()
    assert channel.settings["to"] == ["ops@example.com"]
    assert AuditEntry.objects.filter(act="undone").count() == 1
    answer = manager.post(f"/audit/{entry.pk}/undo/", follow=True).content.decode()
    assert "ops-mail was changed again since" in answer


def test_an_undo_goes_through_the_same_checks_as_the_form(sign_in: SignIn, channel: Channel) -> None:
    save_channel(team=channel.team, name="new", type="email", settings=channel.settings, instance=channel)
    save_channel(team=channel.team, name="ops-mail", type="email", settings=channel.settings)
    entry = AuditEntry.objects.filter(model="alerts.channel", act="changed").latest("pk")
    answer = sign_in(Role.MANAGER).post(f"/audit/{entry.pk}/undo/", follow=True).content.decode()
    assert "ops-mail" in answer
    assert not AuditEntry.objects.filter(act="undone").exists()


def test_the_file_is_safe_for_spreadsheets_and_its_download_is_an_entry(sign_in: SignIn, team: Team) -> None:
    team.name = "=HYPERLINK(1)"
    team.save()
    text = file_of(sign_in(Role.MANAGER))
    assert ",'=HYPERLINK(1)," in text
    assert AuditEntry.objects.filter(act="exported", sentence__contains="exported the file audit").exists()

"""Everybody who is signed in has one page of notifications: their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.alerts.models import Delivery, Preference
from apps.teams.models import Role
from tests.pages.conftest import NASTY, World

pytestmark = pytest.mark.django_db
CHOSEN = {"quiet_from": "22:00", "quiet_until": "07:00", "quiet_weekends": "on", "digest": "daily",
          "digest_at": "08:30", "digest_weekday": "2"}  # fmt: skip
PAGE, SEND = "/notifications/", "/notifications/send/"


def email_of(client: Client) -> str:
    """Who is signed in."""
    return str(client.get(PAGE).context["person"].email)


@pytest.mark.parametrize("role", [*Role, None])
def test_everybody_keeps_their_own_wishes(sign_in: Callable[..., Client], world: World, role: Role | None) -> None:
    client = sign_in(role, world.team)
    assert client.post(PAGE, CHOSEN).status_code == 302
    row = Preference.objects.get()
    assert (row.user.email, row.digest, f"{row.quiet_from:%H:%M}") == (email_of(client), "daily", "22:00")
    assert row.next_digest_at is not None
    assert 'value="08:30"' in client.get(PAGE).content.decode()


def test_one_persons_wishes_leave_anothers_alone(viewer: Client, stranger: Client) -> None:
    viewer.post(PAGE, CHOSEN)
    stranger.post(PAGE, CHOSEN | {"digest": "none"})
    digests = dict(Preference.objects.values_list("user__email", "digest"))
    assert digests == {email_of(viewer): "daily", email_of(stranger): "none"}


def test_a_wrong_entry_is_told_at_its_field_and_nothing_is_kept(viewer: Client) -> None:
    page = viewer.post(PAGE, CHOSEN | {"quiet_until": ""}).content.decode()
    assert "Quiet hours need both a beginning and an end." in page
    assert viewer.post(PAGE, CHOSEN | {"digest_weekday": "9"}).status_code == 200
    assert not Preference.objects.exists()


def test_the_preview_shows_what_a_member_may_see_and_no_markup(viewer: Client, stranger: Client, world: World) -> None:
    page = viewer.get(PAGE).content.decode()
    assert f"#{world.incident.pk}" in page
    assert NASTY not in page
    assert f"#{world.incident.pk}" not in stranger.get(PAGE).content.decode()


def test_one_is_sent_now_to_whoever_asks(viewer: Client) -> None:
    assert "on its way" in viewer.post(SEND, follow=True).content.decode()
    delivery = Delivery.objects.get(kind="digest")
    assert delivery.channel.person is not None
    assert delivery.channel.person.email == email_of(viewer)


def test_nobody_else_sees_a_digest_among_the_deliveries(viewer: Client, manager: Client, world: World) -> None:
    viewer.post(SEND)
    delivery = Delivery.objects.get(kind="digest")
    assert manager.get(f"/alerts/delivery/{delivery.pk}/change/").status_code == 404
    assert f"/alerts/delivery/{delivery.pk}/" not in manager.get("/alerts/delivery/").content.decode()


def test_without_a_team_the_page_says_why_there_is_no_digest(sign_in: Callable[..., Client]) -> None:
    client = sign_in(None)
    assert "You are in no team" in client.get(PAGE).content.decode()
    assert "You are in no team" in client.post(SEND, follow=True).content.decode()
    assert not Delivery.objects.exists()


def test_nobody_signed_in_is_led_to_the_sign_in_page(client: Client) -> None:
    for answer in (client.get(PAGE), client.post(PAGE, CHOSEN), client.post(SEND)):
        assert "/login/" in answer.headers["Location"]
    assert not Preference.objects.exists()

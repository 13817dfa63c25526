"""The pages of silences: operators mute, managers plan maintenance windows, viewers read, strangers see nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.alerts.models import Silence
from apps.common.clock import utc_now
from apps.teams.models import Role
from tests.pages.conftest import NASTY, World

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
ADD, PREVIEW = "/alerts/silence/add/", "/alerts/silence/preview/"


def entered(world: World, **changes: Any) -> dict[str, Any]:
    given = {"team": world.team.pk, "kind": "mute", "reason": "Known", "rule": world.rule.pk, "timezone": "UTC"}
    return given | changes


@pytest.fixture
def silences(world: World) -> dict[str, Silence]:
    """One of each kind; both hold now."""
    now = utc_now()
    both = {"team": world.team, "starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    return {
        "mute": Silence.objects.create(kind="mute", rule_id=world.rule.pk, reason=f"Known {NASTY}", **both),
        "maintenance": Silence.objects.create(kind="maintenance", reason="Move", tables=[NASTY], **both),
    }


@pytest.mark.parametrize("role", list(Role))
def test_every_member_reads_the_pages(sign_in: SignIn, world: World, silences: dict[str, Silence], role: Role) -> None:
    client = sign_in(role, world.team)
    body = client.get("/alerts/silence/").content.decode()
    assert "Known" in body
    assert NASTY not in body
    for silence in silences.values():
        for page in ("change", "history"):
            answer = client.get(f"/alerts/silence/{silence.pk}/{page}/")
            assert answer.status_code == 200
            assert NASTY not in answer.content.decode()


def test_for_a_stranger_there_is_nothing(stranger: Client, silences: dict[str, Silence]) -> None:
    assert "Known" not in stranger.get("/alerts/silence/").content.decode()
    for silence in silences.values():
        assert stranger.get(f"/alerts/silence/{silence.pk}/change/").status_code == 404
        assert stranger.get(f"/alerts/silence/{silence.pk}/history/").status_code == 404
        assert stranger.post(f"/alerts/silence/{silence.pk}/change/").status_code == 404
        assert stranger.post(f"/alerts/silence/{silence.pk}/end/").status_code == 404


def test_a_viewer_changes_nothing(viewer: Client, world: World, silences: dict[str, Silence]) -> None:
    assert viewer.get(ADD).status_code == viewer.post(ADD, entered(world)).status_code == 403
    for silence in silences.values():
        assert viewer.post(f"/alerts/silence/{silence.pk}/change/", entered(world)).status_code == 403
        assert viewer.post(f"/alerts/silence/{silence.pk}/end/").status_code == 403


def test_an_operator_mutes_but_plans_no_maintenance(
    operator: Client, world: World, silences: dict[str, Silence]
) -> None:
    assert operator.post(ADD, entered(world, reason="The loader is rebuilt")).status_code == 302
    made = Silence.objects.get(reason="The loader is rebuilt")
    assert made.rule_id == world.rule.pk
    assert str(made.owner).startswith("operator-")
    operator.post(ADD, entered(world, kind="maintenance", reason="Sneaky"))
    assert not Silence.objects.filter(reason="Sneaky").exists()
    window = silences["maintenance"].pk
    assert operator.post(f"/alerts/silence/{window}/end/").status_code == 403
    assert operator.post(f"/alerts/silence/{silences['mute'].pk}/end/").status_code == 302
    silences["mute"].refresh_from_db()
    assert silences["mute"].ends_at is not None
    assert silences["mute"].ends_at <= utc_now()


def test_an_operator_does_not_turn_a_mute_into_maintenance(
    operator: Client, world: World, silences: dict[str, Silence]
) -> None:
    mute = silences["mute"]
    operator.post(f"/alerts/silence/{mute.pk}/change/", entered(world, kind="maintenance"))
    mute.refresh_from_db()
    assert mute.kind == "mute"


def test_a_manager_plans_a_weekly_window_and_reads_what_it_does(manager: Client, world: World) -> None:
    week = {"kind": "maintenance", "rule": "", "weekdays": ["6"], "begins": "02:00", "minutes": "04:00",
            "timezone": "Europe/Berlin"}  # fmt: skip
    sentence = manager.post(PREVIEW, entered(world, **week)).content.decode()
    assert "Every Sunday 02:00–04:00 (Europe/Berlin), next: Sunday, " in sentence
    assert manager.post(ADD, entered(world, **week)).status_code == 302
    made = Silence.objects.get()
    assert (made.weekdays, made.minutes, made.timezone) == ([6], 120, "Europe/Berlin")
    body = manager.get(f"/alerts/silence/{made.pk}/change/").content.decode()
    assert 'value="04:00"' in body


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": ""}, "Say why"),
        ({"rule": ""}, "Say what to mute"),
        ({"kind": "maintenance"}, "Say when the maintenance window ends"),
        ({"ends_at": "2020-01-01T00:00"}, "The end must come after"),
        ({"ends_at": "soon"}, "Write day and time"),
        ({"timezone": "Berlin"}, "is no time zone"),
        ({"weekdays": ["6"]}, "Say from when on"),
        ({"weekdays": ["6"], "begins": "02:00"}, "Say until when"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    manager: Client, world: World, changes: dict[str, Any], problem: str
) -> None:
    answer = manager.post(ADD, entered(world, **changes))
    assert answer.status_code == 200
    assert problem in answer.content.decode()
    assert not Silence.objects.exists()


def test_a_rule_of_another_team_cannot_be_named(stranger: Client, world: World) -> None:
    assert stranger.post(ADD, entered(world)).status_code == 200
    assert "next" not in stranger.post(PREVIEW, entered(world)).content.decode()
    assert not Silence.objects.exists()


def test_the_pages_of_a_rule_and_a_connection_lead_to_a_mute_of_them(operator: Client, world: World) -> None:
    for address, query in (
        (f"/rules/rule/{world.rule.pk}/", f"rule={world.rule.pk}"),
        (f"/connections/connection/{world.connection.pk}/change/", f"connection={world.connection.pk}"),
    ):
        assert f"{ADD}?{query}" in operator.get(address).content.decode()
        assert f'<option value="{query.partition("=")[2]}" selected>' in operator.get(f"{ADD}?{query}").content.decode()


def test_a_silence_is_ended_not_deleted(manager: Client, silences: dict[str, Silence]) -> None:
    for silence in silences.values():
        manager.post(f"/alerts/silence/{silence.pk}/delete/", {"post": "yes"})
    assert Silence.objects.count() == 2


def test_one_that_has_not_begun_is_taken_away(manager: Client, world: World) -> None:
    later = Silence.objects.create(team=world.team, reason="Later", starts_at=utc_now() + timedelta(days=1))
    manager.post(f"/alerts/silence/{later.pk}/end/")
    assert not Silence.objects.exists()


def test_the_page_of_a_rule_says_that_nobody_is_told(viewer: Client, world: World) -> None:
    address = f"/rules/rule/{world.rule.pk}/"
    assert "Nobody is told of its findings" not in viewer.get(address).content.decode()
    mute = Silence.objects.create(
        team=world.team, reason="The loader is rebuilt", tables=["main.*"], starts_at=utc_now() - timedelta(hours=1)
    )
    body = viewer.get(address).content.decode()
    assert "It is muted until somebody ends the mute: The loader is rebuilt." in body
    assert f"/alerts/silence/{mute.pk}/change/" in body

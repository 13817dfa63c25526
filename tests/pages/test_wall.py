"""The watch on a wall: of everything that a person may see, or of one team."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from apps.alerts.models import Incident
from apps.rules.watch.wall import LINES
from apps.teams.models import Team
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db


def test_the_wall_counts_states_and_names_what_is_open_and_who_has_it(viewer: Client, world: World) -> None:
    board = viewer.get("/wall/board/").content.decode()
    assert "orders are late" in board
    assert "nobody has it yet" in board
    assert "<strong>1</strong> Breached" in board
    assert 'data-zone="UTC"' in board
    assert "Alerting not proven yet" in board


def test_what_does_not_fit_is_counted(viewer: Client, world: World) -> None:
    Incident.objects.bulk_create(
        Incident(team=world.team, key=f"k{n}", title=f"t{n}", opened_at=NOW, last_seen_at=NOW, next_action_at=NOW)
        for n in range(LINES + 4)
    )
    board = viewer.get("/wall/board/").content.decode()
    assert board.count("<li class=") - board.count('class="counters"') >= LINES
    assert "and <span>5</span> more" in board


def test_the_wall_of_a_team_keeps_the_teams_clock_and_nobody_elses_trouble(
    viewer: Client, stranger: Client, world: World
) -> None:
    Team.objects.filter(pk=world.team.pk).update(timezone="Asia/Tokyo")
    assert 'data-zone="Asia/Tokyo"' in viewer.get(f"/wall/{world.team.pk}/").content.decode()
    assert stranger.get(f"/wall/{world.team.pk}/").status_code == 404
    assert stranger.get(f"/wall/{world.team.pk}/board/").status_code == 404
    assert "orders" not in stranger.get("/wall/").content.decode()


def test_the_wall_says_when_midwatch_itself_does_not_work(viewer: Client, world: World) -> None:
    board = viewer.get("/wall/board/").content.decode()
    assert 'class="is-blind"' in board
    assert 'role="alert"' in board


def test_a_wall_that_was_signed_out_is_led_to_the_sign_in_page(client: Client) -> None:
    assert client.get("/wall/board/").headers["HX-Redirect"] == "/login/"
    assert "/login/" in client.get("/wall/").headers["Location"]


def test_when_all_is_well_the_wall_says_so(viewer: Client, world: World) -> None:
    Incident.objects.update(status="resolved", resolved_at=timezone.now())
    assert "Nothing is broken." in viewer.get("/wall/").content.decode()

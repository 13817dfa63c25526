"""The page of an incident, and what it is about."""

from __future__ import annotations

from django.test import Client

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.rules.services import delete_rule
from apps.teams.models import Team
from tests.pages.conftest import World


def shown(client: Client, incident: Incident) -> str:
    answer = client.get(f"/alerts/incident/{incident.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def about(team: Team, key: str) -> Incident:
    now = utc_now()
    return Incident.objects.create(
        key=key, team=team, title="Trouble", severity="high", facts={}, opened_at=now, last_seen_at=now
    )


def test_it_leads_to_the_rule(viewer: Client, world: World) -> None:
    page = shown(viewer, world.incident)
    assert f'href="/rules/rule/{world.rule.pk}/">Open the rule</a>' in page
    assert "was deleted" not in page


def test_it_leads_to_the_connection(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, f"connection/{world.connection.pk}"))
    assert f'href="/connections/connection/{world.connection.pk}/change/">Open the connection</a>' in page


def test_of_a_deleted_rule_it_says_so_and_leads_nowhere(viewer: Client, stranger: Client, world: World) -> None:
    incident, pk = world.incident, world.rule.pk
    delete_rule(rule=world.rule, now=utc_now())
    page = shown(viewer, incident)
    assert "The rule that found this was deleted." in page
    assert f"/rules/rule/{pk}/" not in page
    assert stranger.get(f"/alerts/incident/{incident.pk}/").status_code == 404


def test_of_a_deleted_connection_it_says_so_and_leads_nowhere(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, "connection/999999/budget"))
    assert "The connection was deleted." in page
    assert "Open the connection" not in page


def test_of_what_is_about_neither_it_says_nothing(viewer: Client, world: World) -> None:
    page = shown(viewer, about(world.team, "other/7"))
    assert "was deleted" not in page
    assert 'id="about"' not in page

"""The page Routing and its forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.alerts.models import Escalation, Rotation, Route
from apps.alerts.services import catch_all
from apps.rules.models import Rule
from apps.teams.models import Member, Team, User
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
PAGE = "/alerts/route/"


def shown(client: Client, address: str = PAGE) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def duty(world: World) -> Member:
    """The one who is in the rotation."""
    return Member.objects.get(user__email="duty@example.com")


def test_the_first_sight_of_the_page_makes_the_catch_all(viewer: Client, world: World) -> None:
    assert "Everything that no other route takes." in shown(viewer)
    assert Route.objects.get(catch_all=True).team == world.team


def test_it_tells_the_routes_in_their_order_and_whose_week_it_is(viewer: Client, world: World) -> None:
    Rotation.objects.update(starts_on="2020-01-06")
    page = shown(viewer)
    assert page.index(f'id="route-{world.route.pk}"') < page.index("Everything else")
    assert "On duty now" in page
    assert page.count("<li") >= 5 + 1  # weeks and a step
    assert "After 30 min: tells" in page


def test_only_a_manager_is_offered_changes(viewer: Client, manager: Client, world: World) -> None:
    assert 'id="add-route"' not in shown(viewer)
    assert 'id="add-route"' in shown(manager)


def route_form(world: World, **changes: Any) -> dict[str, Any]:
    return {"name": "Finance", "severities": ["critical", "high"], "tags": "finance, money", "tables": "sales.*\nhr.*",
            "channels": [world.channel.pk], "escalation": world.escalation.pk, **changes}  # fmt: skip


def test_a_manager_adds_a_route(manager: Client, world: World, duty: Member) -> None:
    answer = manager.post(f"{PAGE}add/?team={world.team.pk}", route_form(world, people=[duty.pk], owners=[duty.pk]))
    assert answer.headers["Location"] == f"{PAGE}?team={world.team.pk}"
    row = Route.objects.get(name="Finance")
    assert (row.severities, row.tags, row.tables) == (["critical", "high"], ["finance", "money"], ["sales.*", "hr.*"])
    assert (row.owners, row.people.get(), row.escalation) == (["duty@example.com"], duty.user, world.escalation)


def test_a_refusal_is_shown_at_its_field_and_keeps_what_was_entered(manager: Client, world: World) -> None:
    page = manager.post(f"{PAGE}add/", route_form(world, channels=[])).content.decode()
    assert "a route that leads to nobody" in page
    assert 'value="finance, money"' in page


def test_a_form_shows_what_is_stored_and_saving_it_changes_nothing(manager: Client, world: World, duty: Member) -> None:
    manager.post(f"{PAGE}add/", route_form(world, people=[duty.pk], owners=[duty.pk]))
    row = Route.objects.get(name="Finance")
    page = shown(manager, f"{PAGE}{row.pk}/change/")
    assert page.count('" checked') == 2 + 1 + 1 + 1  # severities, owner, channel, person
    assert ">sales.*\nhr.*</textarea>" in page


def test_the_catch_all_is_only_asked_whom_it_tells(manager: Client, world: World) -> None:
    row = catch_all(world.team)
    assert 'name="severities"' not in shown(manager, f"{PAGE}{row.pk}/change/")
    manager.post(f"{PAGE}{row.pk}/change/", route_form(world, name="Rest"))
    row.refresh_from_db()
    assert (row.name, row.severities, row.tags, row.channels.get()) == ("Rest", [], [], world.channel)


def test_the_catch_all_cannot_be_deleted(manager: Client, world: World) -> None:
    row = catch_all(world.team)
    answer = manager.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"}, follow=True)
    assert "It cannot be deleted; choose whom it tells instead." in answer.content.decode()
    assert Route.objects.filter(pk=row.pk).exists()


def test_any_other_is_deleted(manager: Client, world: World) -> None:
    manager.post(f"{PAGE}{world.route.pk}/delete/", {"post": "yes"})
    manager.post(f"/alerts/escalation/{world.escalation.pk}/delete/", {"post": "yes"})
    manager.post(f"/alerts/rotation/{world.rotation.pk}/delete/", {"post": "yes"})
    assert not (Route.objects.filter(catch_all=False) | Route.objects.exclude(escalation=None)).exists()
    assert [Escalation.objects.count(), Rotation.objects.count()] == [0, 0]


def test_a_route_moves_up(manager: Client, world: World) -> None:
    second = Route.objects.create(team=world.team, name="Second", position=2)
    manager.post(f"{PAGE}{second.pk}/move/", {"up": "yes"})
    page = shown(manager)
    assert page.index(f'id="route-{second.pk}"') < page.index(f'id="route-{world.route.pk}"')


def steps(*minutes: str, **more: Any) -> dict[str, Any]:
    values = {f"form-{place}-after_minutes": each for place, each in enumerate(minutes)}
    return {"name": "Days", "form-TOTAL_FORMS": len(minutes), "form-INITIAL_FORMS": 0, **values, **more}


def test_a_manager_adds_an_escalation_and_empty_places_are_no_steps(
    manager: Client, world: World, duty: Member
) -> None:
    told = {"form-0-people": [duty.pk], "form-1-rotation": world.rotation.pk}
    manager.post("/alerts/escalation/add/", steps("10", "30", "", **told))
    row = Escalation.objects.get(name="Days")
    assert [step.after_minutes for step in row.steps.all()] == [10, 30]
    assert row.steps.last().rotation == world.rotation  # type: ignore[union-attr]


def test_a_step_without_minutes_is_asked_for_them(manager: Client, world: World, duty: Member) -> None:
    page = manager.post("/alerts/escalation/add/", steps("", **{"form-0-people": [duty.pk]})).content.decode()
    assert "Write after how many minutes these are told." in page
    page = manager.post("/alerts/escalation/add/", steps("")).content.decode()
    assert "An escalation needs at least one step" in page


def test_a_manager_changes_a_rotation(manager: Client, world: World, duty: Member) -> None:
    other = Member.objects.exclude(user=duty.user).get(team=world.team)
    values = {"name": "Weeks", "timezone": "Asia/Tokyo", "starts_on": "2026-11-23", "handover": "08:30"}
    address = f"/alerts/rotation/{world.rotation.pk}/change/"
    manager.post(address, {**values, "turn_1": other.pk, "turn_2": "", "turn_3": duty.pk})
    row = Rotation.objects.get()
    assert [turn.user for turn in row.turns.all()] == [other.user, duty.user]
    assert "Hands over on Mondays at 08:30 (Asia/Tokyo)." in shown(manager)


def test_people_of_other_teams_are_no_choice(manager: Client, world: World) -> None:
    others = Team.objects.create(name="Strangers")
    zoe = Member.objects.create(team=others, user=User.objects.create_user("zoe@example.com"), role="manager")
    page = manager.post(f"{PAGE}add/", route_form(world, people=[zoe.pk])).content.decode()
    assert "zoe@example.com" not in page
    assert not Route.objects.filter(name="Finance").exists()


def test_the_question_who_would_be_told_is_answered_for_now_and_for_the_night(viewer: Client, world: World) -> None:
    page = shown(viewer, f"{PAGE}told/?team={world.team.pk}&severity=high&tags=other")
    assert "At 03:00 (UTC)" in page
    assert "No route matches." in page


def test_a_rule_tells_its_owner_its_people_and_its_tags(manager: Client, world: World, duty: Member) -> None:
    form = {"name": "Orders", "connection": world.connection.pk, "table": "main.orders", "severity": "high",
            "timezone": "UTC", "settings-every": "1h", "settings-column": "updated_at"}  # fmt: skip
    named = {"people": [duty.pk], "owner": duty.pk, "tags": "nightly, finance, nightly"}
    manager.post(f"/rules/rule/{world.rule.pk}/change/", {**form, **named})
    rule = Rule.objects.get()
    assert (rule.people.get(), rule.owner, rule.tags) == (duty.user, duty.user, ["finance", "nightly"])
    told = shown(manager, f"/rules/rule/{rule.pk}/told/")
    assert "You get this because the rule names you." in told
    assert "nightly" in shown(manager, f"/rules/rule/{rule.pk}/change/")

"""Changing routes, escalations and rotations."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from apps.alerts.models import Escalation, Incident, Route
from apps.alerts.routing.saving import RouteDraft, delete_route, move_route, save_route
from apps.alerts.routing.steps import RotationDraft, StepDraft, save_escalation, save_rotation
from apps.alerts.services import catch_all
from apps.common.errors import InvalidInput
from apps.teams.models import Member, Role, Team
from tests.alerts.conftest import NOW
from tests.alerts.routing.conftest import Member as MakeMember
from tests.alerts.routing.conftest import escalation, opened, others, rotation, route, webhook

pytestmark = pytest.mark.django_db
__all__ = ["others"]


def names(team: Team) -> list[str]:
    return list(Route.objects.filter(team=team).order_by("catch_all", "position").values_list("name", flat=True))


def test_each_team_has_one_catch_all_and_asking_again_changes_nothing(team: Team) -> None:
    assert catch_all(team) == catch_all(team)
    assert names(team) == ["Everything else"]


def test_the_catch_all_finds_a_free_name(team: Team) -> None:
    route(team, "Everything else", webhook(team, "hook"), tags=["x"])
    assert catch_all(team).name == "Everything else 2"


def test_the_catch_all_cannot_be_deleted(team: Team) -> None:
    with pytest.raises(InvalidInput, match="It cannot be deleted"):
        delete_route(route=catch_all(team))
    assert names(team) == ["Everything else"]


@pytest.mark.parametrize(
    "asked", [{"severities": ("high",)}, {"tags": ("x",)}, {"tables": ("sales.*",)}, {"owners": ("a@example.com",)}]
)
def test_the_catch_all_cannot_be_narrowed(team: Team, asked: dict[str, Any]) -> None:
    row = catch_all(team)
    with pytest.raises(InvalidInput, match="It cannot ask for anything"):
        save_route(team=team, draft=RouteDraft("Rest", **asked), instance=row)


def test_the_catch_all_stays_last(team: Team) -> None:
    with pytest.raises(InvalidInput, match="so it stays last"):
        move_route(route=catch_all(team), up=True)


def test_a_new_route_comes_last_before_the_catch_all(team: Team) -> None:
    catch_all(team)
    for name in ("First", "Second"):
        save_route(team=team, draft=RouteDraft(name, channels=(webhook(team, name),)))
    assert names(team) == ["First", "Second", "Everything else"]


@pytest.mark.parametrize(
    ("moved", "up", "after"),
    [("B", True, "BAC"), ("B", False, "ACB"), ("A", True, "ABC"), ("C", False, "ABC")],
)
def test_a_route_changes_places_with_its_neighbour(team: Team, moved: str, up: bool, after: str) -> None:
    for name in "ABC":  # all three have the same position, as if made by two people at once
        route(team, name)
    move_route(route=Route.objects.get(name=moved), up=up)
    assert "".join(names(team)) == after


def test_a_route_must_lead_to_somebody(team: Team) -> None:
    with pytest.raises(InvalidInput, match="leads to nobody"):
        save_route(team=team, draft=RouteDraft("Empty"))


def test_a_route_takes_nothing_of_another_team(team: Team, others: Team, member: MakeMember) -> None:
    stranger = Member.objects.get(user=member("Zoe", team=others))
    hook = webhook(team, "hook")
    theirs = escalation(others, at_10=(webhook(others, "theirs"),))
    for more, field in (
        ({"channels": (webhook(others, "their hook"),)}, "channels"),
        ({"people": (stranger,)}, "people"),
        ({"channels": (hook,), "rotation": rotation(others, stranger.user)}, "rotation"),
        ({"channels": (hook,), "escalation": theirs}, "escalation"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            save_route(team=team, draft=RouteDraft("Mine", **more))
        assert refusal.value.field == field
    assert names(team) == []


def test_an_owner_who_is_no_member_is_answered_with_near_ones(team: Team, member: MakeMember) -> None:
    member("Anna")
    draft = RouteDraft("Mine", owners=("ana@example.com",), channels=(webhook(team, "hook"),))
    with pytest.raises(InvalidInput, match=r"Did you mean anna@example\.com"):
        save_route(team=team, draft=draft)


def test_names_are_unique_in_a_team(team: Team) -> None:
    draft = RouteDraft("Mine", channels=(webhook(team, "hook"),))
    save_route(team=team, draft=draft)
    with pytest.raises(InvalidInput, match="already has a route named 'Mine'"):
        save_route(team=team, draft=draft)


def test_what_changes_is_in_the_history(team: Team, member: MakeMember) -> None:
    anna = Member.objects.get(user=member("Anna"))
    row = save_route(team=team, draft=RouteDraft("Mine", people=(anna,)))
    save_route(team=team, draft=RouteDraft("Mine", people=(anna,), tags=("finance",)), instance=row)
    new, *_ = row.history.order_by("-history_id")
    assert new.tags == ["finance"]


def test_a_step_of_the_same_delay_stays_the_same_step(team: Team, member: MakeMember) -> None:
    anna = Member.objects.get(user=member("Anna"))
    saved = save_escalation(team=team, name="Nights", steps=[StepDraft(10, people=(anna,))], now=NOW)
    before = saved.steps.get()
    wanted = [StepDraft(10, channels=(webhook(team, "hook"),)), StepDraft(20, people=(anna,))]
    save_escalation(team=team, name="Nights", steps=wanted, now=NOW, instance=saved)
    assert [step.after_minutes for step in saved.steps.all()] == [10, 20]
    assert saved.steps.get(after_minutes=10) == before
    assert not before.people.exists()


def test_open_incidents_are_looked_at_again_when_their_steps_change(team: Team, member: MakeMember) -> None:
    anna = Member.objects.get(user=member("Anna"))
    nights = escalation(team, at_600=(anna.user,))
    route(team, "All", webhook(team, "hook"), escalation=nights)
    incident = opened(team)
    Incident.objects.update(next_action_at=NOW + timedelta(days=7))
    save_escalation(team=team, name="Nights", steps=[StepDraft(5, people=(anna,))], now=NOW, instance=nights)
    incident.refresh_from_db()
    assert incident.next_action_at == NOW


@pytest.mark.parametrize(
    ("minutes", "told", "words"),
    [
        ([], True, "at least one step"),
        ([0], True, "1 to 10,080 minutes"),
        ([10, 10], True, "Two steps come after 10 minutes"),
        ([10], False, "The step after 10 minutes tells nobody"),
    ],
)
def test_steps_that_cannot_work_are_refused(
    team: Team, member: MakeMember, minutes: list[int], told: bool, words: str
) -> None:
    anna = Member.objects.get(user=member("Anna"))
    steps = [StepDraft(each, people=(anna,) if told else ()) for each in minutes]
    with pytest.raises(InvalidInput, match=words):
        save_escalation(team=team, name="Nights", steps=steps, now=NOW)
    assert not Escalation.objects.exists()


def draft(*members: Member, **changes: Any) -> RotationDraft:
    values: dict[str, Any] = {"timezone": "Europe/Berlin", "starts_on": date(2025, 11, 17), "handover": time(9)}
    return RotationDraft("On call", members=members, **values | changes)


def test_the_order_of_a_rotation_can_be_changed(team: Team, member: MakeMember) -> None:
    anna, ben = (Member.objects.get(user=member(name)) for name in ("Anna", "Ben"))
    saved = save_rotation(team=team, draft=draft(anna, ben))
    save_rotation(team=team, draft=draft(ben, anna), instance=saved)
    assert [turn.user for turn in saved.turns.all()] == [ben.user, anna.user]
    save_rotation(team=team, draft=draft(ben), instance=saved)
    assert [turn.user for turn in saved.turns.all()] == [ben.user]


def test_a_rotation_that_cannot_work_is_refused(team: Team, others: Team, member: MakeMember) -> None:
    anna = Member.objects.get(user=member("Anna"))
    stranger = Member.objects.get(user=member("Zoe", Role.MANAGER, team=others))
    for wanted, words in (
        (draft(), "at least one person"),
        (draft(anna, anna), "each person once"),
        (draft(stranger), "Only members of Data"),
        (draft(anna, timezone="Mars/Base"), "no time zone"),
    ):
        with pytest.raises(InvalidInput, match=words):
            save_rotation(team=team, draft=wanted)

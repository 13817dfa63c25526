"""The list of incidents: narrowed down, acted on in bulk, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.teams.models import Role, Team, User
from tests.pages.conftest import World

SignIn = Callable[..., Client]
LIST = "/alerts/incident/"


def made(team: Team, title: str, **known: Any) -> Incident:
    now = utc_now()
    values: dict[str, Any] = {"facts": {"connection": "shop"}, "opened_at": now, "last_seen_at": now}
    return Incident.objects.create(
        key=f"x/{Incident.objects.count()}", team=team, title=title, next_action_at=now, **(values | known)
    )


def file(client: Client, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(f"{LIST}export.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


def titles(client: Client, query: str = "") -> set[str]:
    return {row["title"] for row in file(client, query)}


@pytest.fixture
def incidents(world: World) -> Team:
    """A lead with a part, and one of each condition."""
    Incident.objects.all().delete()
    team, now = world.team, utc_now()
    lead = made(team, "Lead", facts={"parts": {"count": 1, "titles": ["Part"]}}, severity="critical")
    made(team, "Part", merged_into=lead, merged_as="table")
    made(team, "Snoozed", snooze="time", snoozed_until=now + timedelta(hours=1))
    made(team, "Awake", snooze="time", snoozed_until=now - timedelta(hours=1))
    made(team, "Unstable", unstable_since=now)
    made(team, "Fixed", fixed_at=now, assigned_to=team.members.create(user=_person(), role="viewer").user)
    made(team, "False", status="resolved", resolved_at=now, outcome="false_alarm")
    made(team, "Unsaid", status="resolved", resolved_at=now, unstable_since=now)
    return team


def _person() -> Any:
    return User.objects.create_user("helper@example.com", name="Helper")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Lead", "Snoozed", "Awake", "Unstable", "Fixed", "False", "Unsaid"}),
        ("?shown=parts", {"Part"}), ("?shown=all&severity__exact=critical", {"Lead"}),
        ("?condition=snoozed", {"Snoozed"}), ("?condition=unstable", {"Unstable"}), ("?condition=fixed", {"Fixed"}),
        ("?condition=nobody", {"Lead", "Snoozed", "Awake", "Unstable"}),
        ("?outcome=false_alarm", {"False"}), ("?outcome=none", {"Unsaid"}),
        ("?status__exact=resolved", {"False", "Unsaid"}), ("?q=Lead", {"Lead"}), ("?q=shop&outcome=none", {"Unsaid"}),
    ],
)  # fmt: skip
def test_the_file_holds_what_the_list_shows(viewer: Client, incidents: Team, query: str, expected: set[str]) -> None:
    assert titles(viewer, query) == expected
    page = viewer.get(f"{LIST}{query}").content.decode()
    assert all(f">{title}<" in page for title in expected)
    assert page.count('name="_selected_action"') == len(expected)


def test_the_list_shows_who_has_it_what_belongs_to_it_and_how_it_stands(viewer: Client, incidents: Team) -> None:
    page = viewer.get(LIST).content.decode()
    for words in ("and 1 more", "Helper", "Unstable: it comes and goes", "False alarm", "Snoozed until"):
        assert words in page


def test_the_link_to_the_file_keeps_what_was_asked(viewer: Client, incidents: Team) -> None:
    assert (
        'href="/alerts/incident/export.csv?condition=snoozed"'
        in viewer.get(f"{LIST}?condition=snoozed").content.decode()
    )


def test_a_file_of_names_computes_nothing(viewer: Client, world: World) -> None:
    made(world.team, "=1+1", cause="@cmd")
    row = next(row for row in file(viewer) if "1+1" in row["title"])
    assert (row["title"], row["cause"]) == ("'=1+1", "'@cmd")


def test_for_a_stranger_the_file_is_empty(stranger: Client, incidents: Team) -> None:
    assert file(stranger) == []


def act(client: Client, action: str) -> str:
    chosen = [str(pk) for pk in Incident.objects.filter(status="open", merged_into=None).values_list("pk", flat=True)]
    return client.post(LIST, {"action": action, "_selected_action": chosen}, follow=True).content.decode()


def test_chosen_incidents_are_acknowledged_together(operator: Client, incidents: Team) -> None:
    assert "Done for 5 of 5 incidents." in act(operator, "acknowledge")
    assert Incident.objects.filter(status="acknowledged").count() == 5


def test_chosen_incidents_are_closed_together_with_their_parts(operator: Client, incidents: Team) -> None:
    act(operator, "close_as_expected")
    assert Incident.objects.filter(status="resolved", outcome="expected").count() == 6


def test_bulk_acts_spare_what_the_role_does_not_allow(sign_in: SignIn, stranger: Client, incidents: Team) -> None:
    act(stranger, "close_as_real")
    assert "Done for 0 of 5 incidents." in act(sign_in(Role.VIEWER, incidents), "close_as_real")
    assert not Incident.objects.filter(outcome="real").exists()


def test_many_incidents_need_no_more_queries(viewer: Client, world: World) -> None:
    spent = []
    for count in (1, 45):
        for number in range(count):
            made(world.team, f"Trouble {count} {number}")
        with CaptureQueriesContext(connection) as queries:
            viewer.get(LIST)
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 20

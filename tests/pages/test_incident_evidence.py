"""What the page of an incident shows of what was measured around it, and of what happened shortly before."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django import Settings as DjangoSettings

from apps.alerts.models import Dependency, Incident
from apps.changes.models import AuditEntry
from apps.connections.models import Table, TableVersion
from apps.rules.models import Check, Observation
from apps.teams.models import Role, Team
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world: World) -> Incident:
    """About the table of the world's rule, as real ones are."""
    Incident.objects.update(rule_id=world.rule.pk, connection_id=world.connection.pk, table="main.orders")
    return Incident.objects.get()


def shown(client: Client, incident: Incident) -> str:
    answer = client.get(f"/alerts/incident/{incident.pk}/evidence/")
    assert answer.status_code == 200
    return answer.content.decode()


def edited(world: World, *, minutes_before: int, **known: Any) -> AuditEntry:
    row = {"model": "rules.rule", "object_id": str(world.rule.pk), "act": "changed", "actor": "Maria"} | known
    at = NOW - timedelta(minutes=minutes_before)
    return AuditEntry.objects.create(at=at, team_id=world.team.pk, **row)


def other(world: World, key: str, **known: Any) -> Incident:
    at = NOW - timedelta(minutes=20)
    row = {"team": world.team, "title": "Payments are late", "opened_at": at} | known
    return Incident.objects.create(
        key=key, last_seen_at=NOW, next_action_at=NOW, connection_id=world.connection.pk, **row
    )


def test_the_chart_marks_when_it_was_noticed_and_says_in_words_what_it_shows(
    viewer: Client, incident: Incident
) -> None:
    page = shown(viewer, incident)
    found = re.search(r'id="chart-data" type="application/json">(.*?)</script>', page)
    assert found
    chart = json.loads(found[1])
    assert chart["moments"] == [{"at": NOW.timestamp(), "label": "it was noticed"}]
    assert (chart["breached"], len(chart["times"])) == ([2], 3)
    assert "Age of the newest change, 3 values from 21 Nov 2026, 03:00 UTC to 21 Nov 2026, 03:02 UTC" in page
    assert page.count('<tr><th scope="row">') == 3


def test_what_happened_before_comes_the_likeliest_first(viewer: Client, world: World, incident: Incident) -> None:
    edited(world, minutes_before=10, sentence="Maria lowered the tolerance.")
    edited(world, minutes_before=5, sentence="Maria changed the path.", model="connections.connection",
           object_id=str(world.connection.pk))  # fmt: skip
    other(world, "rule/99/main.payments", table="main.payments")
    other(world, "rule/98/main.raw", table="main.raw", title="Raw orders are late")
    Dependency.objects.create(
        connection_id=world.connection.pk, table="main.orders", upstream_connection_id=world.connection.pk,
        upstream_table="main.raw",
    )  # fmt: skip
    page = shown(viewer, incident)
    words = [
        "A table that feeds this one broke: Raw orders are late.",
        "Columns of main.orders changed:",
        "Maria lowered the tolerance.",
        "Maria changed the path.",
        "something else broke: Payments are late.",
    ]
    places = [page.find(each) for each in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "It may be the cause, and it may not." in page


def test_what_is_older_later_or_of_others_is_left_out(viewer: Client, world: World, incident: Incident) -> None:
    edited(world, minutes_before=25 * 60, sentence="Long ago.")
    edited(world, minutes_before=-5, sentence="Afterwards.")
    edited(world, minutes_before=5, sentence="Another rule.", object_id="999999")
    others = Team.objects.create(name="Elsewhere")
    other(world, "rule/97/main.secret", team=others, title="Of another team")
    other(world, "rule/96/main.late", title="Much later", opened_at=NOW + timedelta(hours=1))
    page = shown(viewer, incident)
    for words in ("Long ago.", "Afterwards.", "Another rule.", "Of another team", "Much later"):
        assert words not in page


def test_making_a_rule_is_told_once(viewer: Client, world: World, incident: Incident) -> None:
    edited(world, minutes_before=3, act="added", sentence="Maria added the rule.")
    edited(world, minutes_before=3, sentence="Maria set the channels.")
    page = shown(viewer, incident)
    assert ("Maria added the rule." in page, "Maria set the channels." in page) == (True, False)


def test_the_loads_before_and_after_are_told_with_their_times(viewer: Client, world: World, incident: Incident) -> None:
    def load(minutes: int) -> None:
        at = NOW + timedelta(minutes=minutes)
        Observation.objects.create(state=world.state, measure="changed", at=at, value=1)

    load(-70)
    first = shown(viewer, incident)
    assert "came on 21 Nov 2026, 01:50 UTC (1 h 10 min before)." in first
    assert "None came since, as of" in first
    load(12)
    assert "The next one came on 21 Nov 2026, 03:12 UTC." in shown(viewer, incident)


def test_a_guest_of_the_rule_reads_nothing_else_of_the_team(sign_in: Any, world: World, incident: Incident) -> None:
    edited(world, minutes_before=10, sentence="Maria lowered the tolerance.")
    guests = Team.objects.create(name="Guests")
    world.rule.shared_with.set([guests])
    page = shown(sign_in(Role.MANAGER, guests), incident)
    assert 'id="chart"' in page
    assert "Maria lowered" not in page


def test_a_long_past_needs_no_more_queries_and_stays_small(
    viewer: Client, world: World, incident: Incident, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    table = Table.objects.get()
    for number in range(120):
        edited(world, minutes_before=number, sentence=f"Change {number}.")
        other(world, f"rule/1000{number}/main.t{number}", table=f"main.t{number}", title=f"Table {number} is late")
        columns = [{"name": f"c{place}", "type": f"t{number}"} for place in range(30)]
        TableVersion.objects.create(table=table, seen_at=NOW - timedelta(minutes=number), columns=columns)
    Check.objects.bulk_create(
        Check(state=world.state, at=NOW + timedelta(minutes=number - 1000), verdict="ok", measured=60.0, high=4_200.0)
        for number in range(2_000)
    )
    with django_assert_max_num_queries(20):
        page = shown(viewer, incident)
    assert len(page) < 300_000


def test_evidence_that_cannot_be_read_leaves_the_page_as_it_is(
    viewer: Client, incident: Incident, settings: DjangoSettings
) -> None:
    settings.MIDWATCH_EVIDENCE = "apps.nowhere.evidence_of"
    assert 'id="chart"' not in shown(viewer, incident)

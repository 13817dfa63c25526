"""What the page of a connection says of its incidents, its costs, and who changed what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.alerts.models import Incident
from apps.changes.models import AuditEntry
from apps.connections.models import Usage
from apps.rules.models import Rule
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db


def standing(client: Client, world: World) -> str:
    answer = client.get(f"/rules/rule/of/{world.connection.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def incident(world: World, number: int, **known: object) -> None:
    at = NOW - timedelta(minutes=number)
    row = {"team": world.team, "connection_id": world.connection.pk, "title": f"Trouble {number}"} | known
    Incident.objects.create(key=f"rule/9/main.t{number}", opened_at=at, last_seen_at=at, next_action_at=at, **row)


def test_it_tells_what_is_open_what_ended_and_who_changed_what(viewer: Client, world: World) -> None:
    incident(world, 1)
    incident(world, 2, status="resolved", resolved_at=NOW, title="It was late")
    AuditEntry.objects.create(
        at=NOW, act="changed", actor="Maria", model="rules.rule", object_id=str(world.rule.pk),
        sentence="Maria lowered the tolerance.",
    )  # fmt: skip
    page = standing(viewer, world)
    assert "Breached: 1" in page
    for words in ("Trouble 1", "It was late", "Maria lowered the tolerance.", "Today: "):
        assert words in page
    assert f'href="/rules/rule/{world.rule.pk}/history/"' in page


def test_many_rows_need_no_more_queries_and_few_words(
    viewer: Client, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        incident(world, number)
        incident(world, 1000 + number, status="resolved", resolved_at=NOW)
        rule = Rule.objects.create(
            team=world.team, name=f"Rule {number}", connection=world.connection, kind="schema", table=f"main.t{number}"
        )
        AuditEntry.objects.create(
            at=NOW, act="changed", actor="Maria", model="rules.rule", object_id=str(rule.pk), sentence=f"Edit {number}."
        )
        Usage.objects.create(connection=world.connection, day=NOW.date(), rule_key=number + 1, statements=3)
    with django_assert_max_num_queries(20):
        page = standing(viewer, world)
    assert len(page) < 300_000
    assert (page.count('id="open-'), page.count('id="past-'), page.count('id="edit-')) == (10, 11, 10)

"""The pages of single things stay cheap and small, whatever stands behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.alerts.models import Delivery, Incident, TimelineEntry
from apps.changes.models import AuditEntry
from apps.connections.models import TableVersion
from apps.rules.models import Check, Feedback, Observation, Rule, RuleState
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
MANY = 600
QUERIES, SIZE = 20, 300_000


@pytest.fixture
def full(world: World) -> World:
    """The world with much of everything: results, incidents, messages, rules on one table, versions, changes."""
    at = [NOW - timedelta(minutes=number) for number in range(MANY)]
    Incident.objects.update(rule_id=world.rule.pk, connection_id=world.connection.pk, table="main.orders")
    Check.objects.bulk_create(
        Check(state=world.state, at=each, verdict="ok", measured=1.5, high=2, reason="r" * 80) for each in at
    )
    Observation.objects.bulk_create(Observation(state=world.state, measure="changed", at=each, value=1) for each in at)
    Feedback.objects.bulk_create(
        Feedback(state=world.state, meaning="expected", begins=each, ends=each + timedelta(minutes=1), at=each)
        for each in at
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=world.incident, at=each, kind="noted", text="n" * 200) for each in at
    )
    Delivery.objects.bulk_create(
        Delivery(channel=world.channel, incident=world.incident, kind="reminder", key=f"d{number}", created_at=each,
                 due_at=each)
        for number, each in enumerate(at)
    )  # fmt: skip
    place = {"connection_id": world.connection.pk, "table": "main.orders", "last_seen_at": NOW, "next_action_at": NOW}
    for resolved in (None, NOW):
        Incident.objects.bulk_create(
            Incident(team=world.team, key=f"rule/{world.rule.pk}/{number}/{resolved}", title="t" * 200, opened_at=each,
                     status="resolved" if resolved else "open", resolved_at=resolved, kind="freshness", **place)
            for number, each in enumerate(at)
        )  # fmt: skip
    rules = Rule.objects.bulk_create(
        Rule(team=world.team, name=f"Rule {number}", connection=world.connection, kind="schema", table="main.orders")
        for number in range(100)
    )
    RuleState.objects.bulk_create(
        RuleState(rule=rule, connection=world.connection, schema="main", table="orders", check_every=60)
        for rule in rules
    )
    TableVersion.objects.bulk_create(
        TableVersion(table=world.table, seen_at=each, columns=[{"name": f"c{number}", "type": "t"}])
        for number, each in enumerate(at)
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(at=each, act="changed", actor="Maria", model="rules.rule", object_id=str(world.rule.pk),
                   sentence="s" * 200)
        for each in at
    )  # fmt: skip
    return world


def test_twenty_queries_and_three_hundred_kilobytes_are_enough(
    manager: Client, full: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = [
        f"/alerts/incident/{full.incident.pk}/",
        f"/alerts/incident/{full.incident.pk}/evidence/",
        f"/rules/rule/{full.rule.pk}/",
        f"/rules/rule/{full.rule.pk}/checks/",
        f"/rules/rule/{full.rule.pk}/change/",
        f"/tables/{full.table.pk}/",
        f"/connections/connection/{full.connection.pk}/change/",
        f"/rules/rule/of/{full.connection.pk}/",
    ]
    manager.get(pages[0])  # what is read once for all pages
    sizes = {}
    for address in pages:
        with django_assert_max_num_queries(QUERIES, info=address):
            answer = manager.get(address)
        assert answer.status_code == 200
        sizes[address] = len(answer.content)
    assert {address: size for address, size in sizes.items() if size >= SIZE} == {}

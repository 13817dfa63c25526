"""Lists and pages about everything stay cheap and small, however many rows there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.alerts.models import Channel, Delivery, Incident, Route, Silence
from apps.changes.models import AuditEntry
from apps.connections.models import Table
from apps.rules.models import Rule, RuleState
from apps.status.models import Product, StatusPage
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
MANY = 200
QUERIES, SIZE = 20, 300_000


@pytest.fixture
def full(world: World) -> StatusPage:
    """The world with many of everything that has a list, and a status page of it all."""
    rules = _watched(world)
    _told(world, rules)
    Silence.objects.bulk_create(Silence(team=world.team, reason=f"Work {n}", starts_at=NOW) for n in range(MANY))
    AuditEntry.objects.bulk_create(_entry(world, n) for n in range(MANY))
    page = StatusPage.objects.create(team=world.team, name="Data", slug="data")
    Product.objects.bulk_create(Product(page=page, name=f"Product {n}", tables=[f"main.t{n}*"]) for n in range(10))
    return page


def _watched(world: World) -> list[Rule]:
    of = {"connection": world.connection, "schema": "main"}
    seen = {"first_seen_at": NOW, "looked_at": NOW, "watched_since": NOW}
    Table.objects.bulk_create(Table(name=f"t{n}", **of, **seen) for n in range(MANY))
    rules = Rule.objects.bulk_create(
        Rule(team=world.team, name=f"Rule {n}", connection=world.connection, kind="freshness", table=f"main.t{n}")
        for n in range(MANY)
    )
    stands = {"check_every": 60, "since": NOW, "last_check_at": NOW, "verdict": "ok"}
    RuleState.objects.bulk_create(RuleState(rule=rule, table=rule.table[5:], **of, **stands) for rule in rules)
    return rules


def _told(world: World, rules: list[Rule]) -> None:
    """An incident, a channel and a message for each rule, and some routes."""
    team, lasting = world.team, {"opened_at": NOW, "last_seen_at": NOW, "next_action_at": NOW, "kind": "freshness"}
    incidents = Incident.objects.bulk_create(
        Incident(team=team, key=f"rule/{rule.pk}/t", title="late " * 40, rule_id=rule.pk, table=rule.table, **lasting)
        for rule in rules
    )
    channels = Channel.objects.bulk_create(Channel(team=team, name=f"Channel {n}", type="webhook") for n in range(MANY))
    Delivery.objects.bulk_create(
        Delivery(channel=channel, incident=incident, kind="opened", key=f"d{incident.pk}", created_at=NOW, due_at=NOW)
        for channel, incident in zip(channels, incidents, strict=True)
    )
    Route.objects.bulk_create(Route(team=team, name=f"Route {n}", position=n) for n in range(20))


def _entry(world: World, number: int) -> AuditEntry:
    return AuditEntry(
        at=NOW + timedelta(seconds=number),
        act="deleted" if number % 2 else "changed",
        actor="Maria",
        model="rules.rule",
        object_id=str(number),
        object_name=f"Rule {number}",
        sentence="s" * 200,
        team_id=world.team.pk,
        history_id=number,
    )


def test_twenty_queries_and_three_hundred_kilobytes_are_enough(
    administrator: Client, full: StatusPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = [
        "/",
        "/watch/",
        "/first-steps/",
        "/alerts/incident/",
        "/rules/rule/",
        "/tables/",
        "/connections/connection/",
        "/alerts/channel/",
        "/alerts/route/",
        "/alerts/silence/",
        "/alerts/delivery/",
        "/costs/",
        "/noise/?month=2026-11",
        "/figures/?month=2026-11",
        "/audit/",
        "/changes/?days=30",
        "/generated/",
        "/roles/",
        "/my-tokens/",
        "/status/statuspage/",
        f"/status/statuspage/{full.pk}/",
    ]
    administrator.get("/alerts/route/")  # the first look gives a team its catch-all
    sizes = {}
    for address in pages:
        with django_assert_max_num_queries(QUERIES, info=address):
            answer = administrator.get(address)
        assert answer.status_code == 200, address
        sizes[address] = len(answer.content)
    assert {address: size for address, size in sizes.items() if size >= SIZE} == {}

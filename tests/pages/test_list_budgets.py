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
    team, numbers = world.team, range(MANY)
    rules = Rule.objects.bulk_create(
        Rule(team=team, name=f"Rule {n}", connection=world.connection, kind="freshness", table=f"main.t{n}")
        for n in numbers
    )
    RuleState.objects.bulk_create(
        RuleState(rule=rule, connection=world.connection, schema="main", table=f"t{n}", check_every=60, since=NOW,
                  last_check_at=NOW, verdict="ok")
        for n, rule in enumerate(rules)
    )  # fmt: skip
    Table.objects.bulk_create(
        Table(
            connection=world.connection,
            schema="main",
            name=f"t{n}",
            first_seen_at=NOW,
            looked_at=NOW,
            watched_since=NOW,
        )
        for n in numbers
    )
    incidents = Incident.objects.bulk_create(
        Incident(team=team, key=f"rule/{rule.pk}/t", title="late " * 40, opened_at=NOW, last_seen_at=NOW, rule_id=rule.pk,
                 next_action_at=NOW, connection_id=world.connection.pk, table=rule.table, kind="freshness",
                 facts={"situation": "stale", "rule": rule.name})
        for rule in rules
    )  # fmt: skip
    channels = Channel.objects.bulk_create(
        Channel(team=team, name=f"Channel {n}", type="webhook", settings={"url": "http://127.0.0.1:9/"})
        for n in numbers
    )
    Delivery.objects.bulk_create(
        Delivery(channel=channels[n], incident=incidents[n], kind="opened", key=f"d{n}", created_at=NOW, due_at=NOW)
        for n in numbers
    )
    Route.objects.bulk_create(Route(team=team, name=f"Route {n}", position=n) for n in range(20))
    Silence.objects.bulk_create(Silence(team=team, reason=f"Work {n}", starts_at=NOW) for n in numbers)
    AuditEntry.objects.bulk_create(
        AuditEntry(at=NOW + timedelta(seconds=n), act="deleted" if n % 2 else "changed", actor="Maria", model="rules.rule",
                   object_id=str(n), object_name=f"Rule {n}", sentence="s" * 200, team_id=team.pk, history_id=n)
        for n in numbers
    )  # fmt: skip
    page = StatusPage.objects.create(team=team, name="Data", slug="data")
    Product.objects.bulk_create(Product(page=page, name=f"Product {n}", tables=[f"main.t{n}*"]) for n in range(10))
    return page


def test_twenty_queries_and_three_hundred_kilobytes_are_enough(
    administrator: Client, full: StatusPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = [
        "/", "/watch/", "/first-steps/", "/alerts/incident/", "/rules/rule/", "/tables/", "/connections/connection/",
        "/alerts/channel/", "/alerts/route/", "/alerts/silence/", "/alerts/delivery/", "/costs/", "/noise/?month=2026-11",
        "/figures/?month=2026-11", "/audit/", "/changes/?days=30", "/generated/", "/roles/", "/my-tokens/",
        "/status/statuspage/", f"/status/statuspage/{full.pk}/",
    ]  # fmt: skip
    administrator.get("/alerts/route/")  # the first look gives a team its catch-all
    sizes = {}
    for address in pages:
        with django_assert_max_num_queries(QUERIES, info=address):
            answer = administrator.get(address)
        assert answer.status_code == 200, address
        sizes[address] = len(answer.content)
    assert {address: size for address, size in sizes.items() if size >= SIZE} == {}

"""Who would be told, while a rule is being written."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.alerts.models import Delivery, Incident
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
ADDRESS = "/rules/rule/told/?kind=freshness"


def entered(world: World, **more: str) -> dict[str, str]:
    known = {"connection": str(world.connection.pk), "table": "main.orders", "severity": "high", "timezone": "UTC"}
    return known | more


def test_the_routes_tell_who_hears_of_it_before_anything_is_saved(manager: Client, world: World) -> None:
    world.route.__class__.objects.update(tags=[], tables=[])
    page = manager.post(ADDRESS, entered(world)).content.decode()
    assert "The first route that matches is" in page
    assert "hook &lt;script&gt;" in page
    assert "At 03:00 (UTC)" in page
    assert (Incident.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_rule_that_names_channels_says_so(manager: Client, world: World) -> None:
    page = manager.post(ADDRESS, entered(world, notify=str(world.channel.pk))).content.decode()
    assert "The rule names its channels itself." in page
    assert "because the rule names this channel" in page


def test_what_is_missing_is_said_by_its_label(manager: Client, world: World) -> None:
    page = manager.post(ADDRESS, {"severity": "high"}).content.decode()
    assert "Connection: " in page


def test_it_is_for_those_who_may_write_rules_there(
    viewer: Client, operator: Client, stranger: Client, world: World
) -> None:
    answers = [client.post(ADDRESS, entered(world)).status_code for client in (viewer, operator, stranger)]
    assert answers == [403, 403, 404]
    assert viewer.post("/rules/rule/told/?kind=nothing", entered(world)).status_code == 404

"""Where pages of rules and tables lead to, when the incident of a rule is part of another."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.alerts.models import Incident
from tests.pages.conftest import NOW, World


@pytest.fixture
def lead(world: World) -> Incident:
    """The incident of the rule is part of this one, which is about another table."""
    found = Incident.objects.create(
        key="rule/999/main.raw", team=world.team, title="raw is late", opened_at=NOW, last_seen_at=NOW,
        next_action_at=NOW,
    )  # fmt: skip
    Incident.objects.filter(pk=world.incident.pk).update(
        merged_into=found, merged_as="upstream", facts={"table": "main.orders"}
    )
    return found


def test_the_overview_leads_to_the_lead(viewer: Client, world: World, lead: Incident) -> None:
    page = viewer.get("/").content.decode()
    assert f'id="incident-of-{world.rule.pk}" href="/alerts/incident/{lead.pk}/"' in page


def test_the_pages_of_the_rule_and_the_table_name_both(viewer: Client, world: World, lead: Incident) -> None:
    for address in (f"/rules/rule/{world.rule.pk}/", f"/tables/{world.table.pk}/"):
        page = viewer.get(address).content.decode()
        assert f'id="incident-{world.incident.pk}"' in page, address
        assert f'id="lead-of-{world.incident.pk}" href="/alerts/incident/{lead.pk}/"' in page, address


def test_a_lead_that_stays_open_for_its_parts_is_over_for_its_own_rule(viewer: Client, world: World) -> None:
    Incident.objects.update(over_at=NOW, facts={"table": "main.orders"})
    assert "incident-of-" not in viewer.get("/").content.decode()
    assert f'id="incident-{world.incident.pk}"' not in viewer.get(f"/tables/{world.table.pk}/").content.decode()
    assert "Good again" in viewer.get(f"/rules/rule/{world.rule.pk}/").content.decode()

"""The page "How we did"."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Incident
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
NOVEMBER = "/figures/?month=2026-11"


def over(world: World) -> None:
    Incident.objects.update(
        status="resolved", resolved_at=NOW + timedelta(minutes=90), notified_at=NOW + timedelta(seconds=40),
        outcome="real", rule_id=world.rule.pk,
    )  # fmt: skip


def test_a_month_is_told_beside_the_one_before(viewer: Client, world: World) -> None:
    over(world)
    page = viewer.get(NOVEMBER).content.decode()
    assert "1 incident in November 2026" in page
    assert "0 in October 2026." in page
    assert "1 h 30 min" in page
    assert "40 s" in page
    assert f'id="rule-{world.rule.pk}"' in page
    assert NASTY not in page


def test_it_leads_to_the_noise_of_the_same_month(viewer: Client, world: World) -> None:
    assert 'href="/noise/?month=2026-11"' in viewer.get(NOVEMBER).content.decode()


def test_a_deleted_rule_has_no_link(viewer: Client, world: World) -> None:
    Incident.objects.update(rule_id=999_999)
    assert 'id="rule-999999"' not in viewer.get(NOVEMBER).content.decode()


def test_the_file_holds_the_same(viewer: Client, world: World) -> None:
    over(world)
    answer: Any = viewer.get("/figures.csv?month=2026-11")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [(row["month"], row["rule_id"], row["incidents"]) for row in rows] == [
        ("2026-11", "", "1"), ("2026-10", "", "0"), ("2026-11", str(world.rule.pk), "1"),
        ("2026-10", str(world.rule.pk), "0"),
    ]  # fmt: skip


def test_a_stranger_sees_nothing_of_it(stranger: Client, world: World) -> None:
    page = stranger.get(NOVEMBER).content.decode()
    assert "Nothing broke in these two months." in page
    answer: Any = stranger.get("/figures.csv?month=2026-11")
    assert len(b"".join(answer.streaming_content).splitlines()) == 1


def test_a_month_that_is_none_is_told(viewer: Client, world: World) -> None:
    assert "is no month; write it such as 2026-11." in viewer.get("/figures/?month=soon").content.decode()
    assert viewer.get("/figures.csv?month=soon").status_code == 422


def test_a_thousand_incidents_need_no_more_queries(viewer: Client, world: World) -> None:
    Incident.objects.bulk_create(
        Incident(key=f"x/{number}", team=world.team, title="x", opened_at=NOW, last_seen_at=NOW, next_action_at=NOW,
                 rule_id=number % 80 + 1)
        for number in range(1_000)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        assert "1,001 incidents" in viewer.get(NOVEMBER).content.decode()
    assert len(queries) <= 12

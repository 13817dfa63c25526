"""The page with all results of a rule: filters, pages, times in the person's zone, and the file."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.rules.models import Check, Observation, Rule, RuleState
from apps.teams.models import User
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db


def address(world: World, query: str = "") -> str:
    return f"/rules/rule/{world.rule.pk}/checks/{query}"


def file(client: Client, world: World, query: str = "") -> list[list[str]]:
    answer: Any = client.get(f"/rules/rule/{world.rule.pk}/checks.csv{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))


def many(world: World, count: int) -> None:
    Check.objects.bulk_create(
        Check(state=world.state, at=NOW - timedelta(minutes=number), verdict="ok", measured=60)
        for number in range(count)
    )


def test_ten_thousand_results_are_paged_and_exported_and_the_totals_agree(viewer: Client, world: World) -> None:
    many(world, 9_997)
    page = viewer.get(address(world, "?page=100")).content.decode()
    assert "10,000 results." in page
    assert "9901 to 10000 of 10000" in page
    rows = file(viewer, world)
    assert len(rows) == 1 + 10_000
    assert len({row[0] for row in rows}) == 10_001


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?verdict=breached", 1), ("?verdict=ok", 2), ("?verdict=unknown", 0), ("?from=2026-11-21", 3),
        ("?from=2026-11-22", 0), ("?to=2026-11-20", 0), ("?to=2026-11-21", 3), ("?table=main.orders", 3),
        ("?table=main.others", 0), ("?from=2026-11-21T03:01", 2), ("?to=2026-11-21T03:02&verdict=ok", 2),
    ],
)  # fmt: skip
def test_results_are_found_by_verdict_table_and_day(viewer: Client, world: World, query: str, count: int) -> None:
    shown = viewer.get(address(world, query)).content.decode()
    assert f"{count} result{'' if count == 1 else 's'} found." in shown
    assert len(file(viewer, world, query)) == 1 + count


def test_days_and_times_are_those_of_the_person(viewer: Client, world: World) -> None:
    User.objects.filter(email__startswith="viewer").update(timezone="Pacific/Auckland")
    assert len(file(viewer, world, "?from=2026-11-21&to=2026-11-21")) == 4
    assert len(file(viewer, world, "?to=2026-11-20")) == 1
    Check.objects.update(at=NOW + timedelta(hours=9))
    assert len(file(viewer, world, "?from=2026-11-22")) == 4
    assert file(viewer, world)[1][3] == "2026-11-22T01:00:00+13:00"
    assert "22 Nov 2026, 01:00:00 NZDT" in viewer.get(address(world)).content.decode()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?from=yesterday", "is no day"), ("?verdict=fine", "is no verdict"), ("?table=a.b.c", "has 3 parts"),
        ("?from=2026-11-22&to=2026-11-01", "exchange the two"), ("?to=9999-12-31", "is no day"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_says_so(viewer: Client, world: World, query: str, told: str) -> None:
    page = viewer.get(address(world, query))
    assert (page.status_code, told in page.content.decode()) == (200, True)
    refused = viewer.get(f"/rules/rule/{world.rule.pk}/checks.csv{query}")
    assert (refused.status_code, told in refused.content.decode()) == (422, True)


def test_a_page_keeps_the_question_when_it_is_turned(viewer: Client, world: World) -> None:
    many(world, 150)
    page = viewer.get(address(world, "?verdict=ok&from=2026-11-01")).content.decode()
    assert "?verdict=ok&amp;from=2026-11-01&amp;page=2" in page
    assert f"/rules/rule/{world.rule.pk}/checks.csv?verdict=ok&amp;from=2026-11-01" in page


def test_a_rule_with_patterns_offers_its_tables(viewer: Client, world: World) -> None:
    world.rule.table, world.rule.include = "", ["main.*"]
    world.rule.save()
    RuleState.objects.create(
        rule=world.rule, connection=world.connection, schema="main", table=NASTY, check_every=60, next_check_at=None
    )
    page = viewer.get(address(world)).content.decode()
    assert '<option value="main.orders">' in page
    assert NASTY not in page


def test_no_cell_of_the_file_is_a_formula(viewer: Client, world: World) -> None:
    Check.objects.update(reason="=HYPERLINK(1)", source="@x")
    row = file(viewer, world)[1]
    assert (row[9], row[11]) == ("'@x", "'=HYPERLINK(1)")


def test_the_file_is_for_members_only(stranger: Client, client: Client, world: World) -> None:
    assert stranger.get(f"/rules/rule/{world.rule.pk}/checks.csv").status_code == 404
    assert "/login/" in client.get(f"/rules/rule/{world.rule.pk}/checks.csv").headers["Location"]


def test_of_a_rule_that_tells_rows_apart_one_value_is_shown_and_exported(viewer: Client, world: World) -> None:
    Rule.objects.update(settings=world.rule.settings | {"each": "country"})
    for place, segment in enumerate(("DE", "DE", "FR")):
        at = NOW - timedelta(hours=place)
        Observation.objects.create(state=world.state, measure="rows_arrived", segment=segment, at=at, value=10 + place)
    assert '<option value="DE">Rows of DE</option>' in viewer.get(address(world)).content.decode()
    page = viewer.get(address(world, "?segment=DE")).content.decode()
    assert ("10 rows" in page, "11 rows" in page, "12 rows" in page) == (True, True, False)
    assert [row[6] for row in file(viewer, world, "?segment=DE&from=2026-11-21")] == ["value", "11.0", "10.0"]

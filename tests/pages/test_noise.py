"""The page "Noise": the rules of one's own teams, the noisiest first, beside the month before."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.test import Client

from apps.rules.models import Feedback
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
NOVEMBER = "/noise/?month=2026-11"


def file(client: Client, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(f"/noise.csv{query}")
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


def false_alarm(world: World) -> None:
    Feedback.objects.create(
        state=world.state, meaning="false_alarm", begins=NOW, ends=NOW.replace(hour=5), at=NOW, by_name="Ada"
    )


def test_a_month_is_summed_up_beside_the_one_before(viewer: Client, world: World) -> None:
    false_alarm(world)
    page = viewer.get(NOVEMBER).content.decode()
    assert "1 alert in November 2026" in page
    assert "1 of them for nothing; 0 in October 2026." in page
    assert 'href="?month=2026-10"' in page
    assert NASTY not in page


def test_the_file_has_a_row_per_rule_and_month(viewer: Client, world: World) -> None:
    false_alarm(world)
    this, last = file(viewer, "?month=2026-11")
    assert (this["month"], this["alerts"], this["false"], this["precision_percent"]) == ("2026-11", "1", "1", "0.0")
    assert (this["checks"], this["tables"], this["alerts_per_table"]) == ("3", "1", "1.0")
    assert (last["month"], last["alerts"], last["precision_percent"]) == ("2026-10", "0", "")


def test_the_month_after_is_offered_once_it_has_begun(viewer: Client, world: World) -> None:
    assert 'href="?month=2020-02"' in viewer.get("/noise/?month=2020-01").content.decode()
    assert 'id="month-after"' not in viewer.get("/noise/").content.decode()


def test_a_month_that_is_none_is_told_on_the_page_and_refused_as_a_file(viewer: Client, world: World) -> None:
    assert "is no month; write it such as 2026-11." in viewer.get("/noise/?month=x").content.decode()
    assert viewer.get("/noise.csv?month=x").status_code == 422


def test_of_other_teams_nothing_is_told(stranger: Client, world: World) -> None:
    assert "There is no rule yet" in stranger.get(NOVEMBER).content.decode()
    assert file(stranger, "?month=2026-11") == []

"""Adding and changing a rule: the sentence while it is written, errors at their field, a first check at once."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from apps.common.clock import utc_now
from apps.connections.services import refresh_catalogue
from apps.rules.kinds import KINDS
from apps.rules.models import Rule, RuleState
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
SETTINGS: dict[str, dict[str, str]] = {
    "freshness": {"every": "1h", "tolerance": "10m", "days": "daily", "column": "updated_at"},
    "volume": {"column": "updated_at", "per": "1d", "baseline": "30d", "drop": "30%", "spike": ""},
    "schema": {"ignore_added": "on"},
    "nulls": {"column": "id", "key": "id\r\nupdated_at", "at_most_share": "1%"},
    "unique": {"columns": "id, updated_at", "at_most": "2"},
    "values": {"column": "id", "accept": "1\r\n2\r\n3.5", "allow_null": ""},
    "range": {"column": "updated_at", "lowest": "2026-01-01", "every": "6h"},
    "pattern": {"column": "note", "pattern": r"[A-Z]{2}\d+"},
    "references": {"column": "id", "to_table": "orders", "to_column": "id"},
    "sql": {"sql": "SELECT COUNT(*)\r\nFROM {table};", "expect": "number", "at_least": "1", "samples": "10"},
    "reconciliation": {"other_table": "main.orders", "key": "id", "compare": "rows", "most_rows": "50000"},
    "completeness": {"column": "updated_at", "per": "1h", "hours": "8-20", "back": "3d", "settle": "3h"},
    "distribution": {"column": "id", "statistic": "median", "at_most": "7.5"},
    "transitions": {"key": "id", "column": "note", "allow": "draft > paid\r\n* > cancelled"},
    "survives": {"key": "id", "columns": "note", "event": "updated_at", "lost": "on"},
}
STORED: dict[str, dict[str, Any]] = {
    "freshness": {"every": "1h", "column": "updated_at"},
    "volume": {"column": "updated_at", "per": "1d", "drop": "30%", "spike": None},
    "schema": {},
    "nulls": {"column": "id", "key": ["id", "updated_at"], "at_most_share": "1%"},
    "unique": {"columns": ["id", "updated_at"], "at_most": 2},
    "values": {"column": "id", "accept": [1, 2, 3.5], "allow_null": False},
    "range": {"column": "updated_at", "lowest": "2026-01-01", "every": "6h"},
    "pattern": {"column": "note", "pattern": r"[A-Z]{2}\d+"},
    "references": {"column": "id", "to_table": "orders", "to_column": "id"},
    "sql": {"sql": "SELECT COUNT(*)\nFROM {table}", "at_least": 1.0},
    "reconciliation": {"other_table": "main.orders", "key": ["id"]},
    "completeness": {"column": "updated_at", "per": "1h", "hours": "8-20", "back": "3d"},
    "distribution": {"column": "id", "statistic": "median", "at_most": 7.5},
    "transitions": {"key": "id", "column": "note", "allow": ["draft > paid", "* > cancelled"]},
    "survives": {"key": "id", "columns": ["note"], "event": "updated_at", "lost": True},
}


@pytest.fixture
def store(store: Path) -> Path:
    """With a column of texts."""
    with duckdb.connect(str(store)) as session:
        session.execute("ALTER TABLE orders ADD COLUMN note VARCHAR")
    return store


def entered(world: World, kind: str = "freshness", **changes: Any) -> dict[str, Any]:
    settings = {f"settings-{name}": value for name, value in SETTINGS[kind].items()}
    frame = {"name": "A new rule", "connection": world.connection.pk, "table": "main.orders", "severity": "high",
             "timezone": "Europe/Berlin", "notify": [world.channel.pk]}  # fmt: skip
    return {**frame, **settings, **changes}


def test_every_kind_is_covered_here() -> None:
    assert set(SETTINGS) == set(KINDS)


def test_the_kinds_are_offered_with_what_they_notice(manager: Client, world: World) -> None:
    page = manager.get("/rules/rule/add/").content.decode()
    for kind in KINDS.values():
        assert kind.label in page
        assert kind.tells in page


@pytest.mark.parametrize("kind", list(SETTINGS))
def test_a_rule_is_added_and_live(manager: Client, world: World, kind: str) -> None:
    answer = manager.post(f"/rules/rule/add/?kind={kind}", entered(world, kind), follow=True)
    rule = Rule.objects.get(name="A new rule")
    assert "The rule is live. Its first check runs now." in answer.content.decode()
    assert rule.settings == STORED[kind]
    assert (rule.severity, rule.timezone, rule.notify.get()) == ("high", "Europe/Berlin", world.channel)
    assert RuleState.objects.get(rule=rule).next_check_at is not None


@pytest.mark.parametrize("kind", list(SETTINGS))
def test_saving_the_form_unchanged_changes_nothing(manager: Client, world: World, kind: str) -> None:
    manager.post(f"/rules/rule/add/?kind={kind}", entered(world, kind))
    rule = Rule.objects.get(name="A new rule")
    before = rule.history.count()
    answer = manager.post(f"/rules/rule/{rule.pk}/change/", entered(world, kind), follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert rule.history.count() == before


def test_the_sentence_is_shown_while_the_form_is_filled_in(manager: Client, world: World) -> None:
    answer = manager.post("/rules/rule/preview/?kind=freshness", entered(world, name=""))
    assert "more than 70 min" in answer.content.decode()
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings-tolerance": "soon"}, "soon"),
        ({"table": ""}, "Name a table"),
        ({"connection": ""}, "Choose the connection"),
    ],
)
def test_instead_of_a_sentence_it_says_what_is_missing(
    manager: Client, world: World, changes: dict[str, str], words: str
) -> None:
    answer = manager.post("/rules/rule/preview/?kind=freshness", entered(world, **changes))
    assert words in answer.content.decode()
    assert "mw-sentence" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"table": "main.ordres"}, "Did you mean main.orders?"), ({"settings-column": "id"}, "id"),
     ({"settings-tolerance": "soon"}, "&#x27;soon&#x27; is not a duration"), ({"timezone": "Mars"}, "is no time zone")],
)  # fmt: skip
def test_an_error_stands_at_its_field_and_nothing_is_saved(
    manager: Client, world: World, changes: dict[str, str], words: str
) -> None:
    page = manager.post("/rules/rule/add/?kind=freshness", entered(world, **changes)).content.decode()
    problems = page.partition('<p class="mw-problem">')[2]
    assert words in problems
    assert Rule.objects.count() == 1


def test_choices_are_written_in_plain_words(manager: Client, world: World) -> None:
    page = manager.get("/rules/rule/add/?kind=volume").content.decode()
    assert '<option value="hour_of_week">the same hour of the week</option>' in page
    assert '<option value="mean" selected>the average of all days (or hours)</option>' in page
    assert '<option value="instead">alerts in place of the limits, once it is learned</option>' in page


def test_a_refusal_calls_settings_by_their_labels(manager: Client, world: World) -> None:
    form = entered(world, "volume", **{"settings-at_least": "9", "settings-at_most": "3"})
    page = unescape(manager.post("/rules/rule/add/?kind=volume", form).content.decode())
    assert "“At least” must not be more than “At most”" in page


def test_patterns_instead_of_a_table(manager: Client, world: World) -> None:
    manager.post("/rules/rule/add/?kind=freshness", entered(world, table="", include="main.*\nother.*", exclude="a.b"))
    rule = Rule.objects.get(name="A new rule")
    assert (rule.table, rule.include, rule.exclude) == ("", ["main.*", "other.*"], ["a.b"])


def test_known_tables_are_suggested(manager: Client, world: World) -> None:
    answer = manager.get(f"/rules/rule/tables/?connection={world.connection.pk}")
    assert '<option value="main.orders">' in answer.content.decode()


@pytest.mark.parametrize("written", ["main.orders", "orders"])
def test_the_columns_of_the_table_are_suggested(manager: Client, world: World, written: str) -> None:
    refresh_catalogue(connection=world.connection, now=utc_now())
    answer = manager.get(f"/rules/rule/columns/?connection={world.connection.pk}&table={written}").content.decode()
    assert '<option value="updated_at">' in answer
    form = manager.get("/rules/rule/add/?kind=nulls").content.decode()
    assert re.search(r'<input[^>]*name="settings-column"[^>]*list="columns"', form)


@pytest.mark.parametrize("written", ["", "main.", "main.nothing", '"'])
def test_while_the_name_of_a_table_is_typed_no_columns_are_suggested(
    manager: Client, world: World, written: str
) -> None:
    answer = manager.get("/rules/rule/columns/", {"connection": str(world.connection.pk), "table": written})
    assert (answer.status_code, answer.content.decode().strip()) == (200, "")


def test_no_suggestions_from_a_store_that_does_not_answer(manager: Client, world: World, store: Path) -> None:
    store.unlink()
    world.table.delete()  # as if it had never been read
    answer = manager.get(f"/rules/rule/tables/?connection={world.connection.pk}")
    assert answer.content.decode().strip() == ""


def test_another_teams_channel_can_not_be_chosen(stranger: Client, world: World) -> None:
    page = stranger.post("/rules/rule/add/?kind=freshness", entered(world)).content.decode()
    assert "Select a valid choice" in page
    assert Rule.objects.count() == 1


def test_a_change_shows_old_and_new_in_the_history(manager: Client, world: World) -> None:
    changed = entered(world, name=world.rule.name, **{"settings-tolerance": "25m"})
    manager.post(f"/rules/rule/{world.rule.pk}/change/", changed)
    page = manager.get(f"/rules/rule/{world.rule.pk}/history/").content.decode()
    assert "Settings: tolerance" in page
    assert '<td class="mw-new" data-label="After">25m</td>' in page
    assert "manager-" in page


def test_deleting_closes_the_incident(manager: Client, world: World) -> None:
    manager.post(f"/rules/rule/{world.rule.pk}/delete/", {"post": "yes"})
    world.incident.refresh_from_db()
    assert not Rule.objects.exists()
    assert world.incident.status == "resolved"


def test_check_now_makes_the_rule_due(operator: Client, world: World) -> None:
    RuleState.objects.update(next_check_at=None)
    operator.post(f"/rules/rule/{world.rule.pk}/check/")
    assert RuleState.objects.get().next_check_at is not None


def test_help_problems_and_groups_are_tied_to_their_fields(manager: Client, world: World) -> None:
    page = manager.post("/rules/rule/add/?kind=freshness", {"name": "", "timezone": "Mars"}).content.decode()
    for tied in set(re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page)):
        assert all(f'id="{one}"' in page for one in tied.split()), tied
    assert 'aria-labelledby="id_notify_label"' in page


def test_the_rule_page_tells_everything_in_words(viewer: Client, world: World) -> None:
    page = viewer.get(f"/rules/rule/{world.rule.pk}/").content.decode()
    for words in ("more than 70 min", "1 h 10 min since the last change", "at most 70 min", "orders are late"):
        assert words in page
    assert '<script id="chart-data" type="application/json">' in page

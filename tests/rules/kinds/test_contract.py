"""What every kind of rule promises, for every registered kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.common.plugins import check_settings
from apps.connections.services import Column
from apps.rules.kinds import KINDS
from apps.rules.kinds.contract import Kind, Known
from tests.rules.kinds.watching import Contents, Watching, make_kind, make_subject, utc

NOW = utc("2026-03-04 12:00")
SEEN = NOW - timedelta(hours=1)
# At least one set of settings per kind; more where a kind works in more than one way.
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("freshness", {"every": "1h", "column": "updated_at"}),
    ("freshness", {"every": "1mo", "tolerance": "12h"}),
    ("freshness", {"cron": "0 2 * * *", "tolerance": "4h"}),
    ("freshness", {"by": "07:00", "days": "weekdays", "column": "updated_at"}),
    ("volume", {"column": "created_at", "per": "1d", "drop": "20%", "spike": "100%"}),
    ("volume", {"column": "created_at", "per": "1h", "at_least": 1, "drop": None, "spike": None}),
    ("volume", {"drop": "5%", "spike": None}),
    ("volume", {"column": "created_at", "learned": "also", "against": "weekday", "flat": "2d", "holidays": "DE"}),
    ("volume", {"column": "created_at", "per": "1h", "learned": "instead", "drop": None, "spike": None, "flat": "6h"}),
    ("volume", {"learned": "instead", "flat": "6h"}),
    ("freshness", {"every": "1h", "column": "updated_at", "learned": "also"}),
    ("freshness", {"every": "1d", "learned": "instead"}),
    ("schema", {}),
    ("schema", {"ignore_added": False}),
    ("nulls", {"column": "updated_at", "key": ["id"]}),
    ("completeness", {"column": "created_at"}),
    ("completeness", {"column": "created_at", "per": "1h", "hours": "8-20", "days": "weekdays", "holidays": "DE"}),
    ("distribution", {"column": "id", "statistic": "p95", "at_most": 100.0}),
    ("distribution", {"column": "id", "statistic": "zero_share", "spike": "50%"}),
    ("transitions", {"key": "id", "column": "day", "allow": ["a > b"]}),
    ("transitions", {"key": "id", "column": "day", "at": "created_at", "allow": ["a > b", "* > c"]}),
    ("survives", {"key": "id", "columns": ["day"], "event": "created_at"}),
    ("nulls", {"column": "updated_at", "at_most_share": "1%", "open_after": 2}),
    ("unique", {"columns": ["id"]}),
    ("unique", {"columns": ["id", "day"], "at_most": 3}),
    ("values", {"column": "id", "accept": [1, 2, 3.5], "key": ["day"]}),
    ("values", {"column": "id", "reject": [0], "allow_null": False}),
    ("range", {"column": "id", "lowest": 1, "highest": 1000000}),
    ("range", {"column": "created_at", "lowest": "2020-01-01", "at_most_share": "0.5%"}),
    ("pattern", {"column": "status", "format": "email"}),
    ("pattern", {"column": "status", "pattern": "[A-Z]{2}[0-9]+", "key": ["id"]}),
    ("references", {"column": "id", "to_table": "customers", "to_column": "id"}),
    ("sql", {"sql": "SELECT COUNT(*) FROM {table}", "at_least": 1.0, "at_most": 4.5}),
    ("sql", {"sql": "SELECT id FROM {table} WHERE id < 0", "expect": "no_rows", "open_after": 2}),
    ("reconciliation", {"other": "ledger", "key": ["id"], "columns": ["status"]}),
    ("reconciliation", {"other_table": "main.b", "columns": ["id"], "compare": "sum", "at_most": 3}),
]
CONTENTS = Contents(
    {SEEN - timedelta(hours=hours): 10 for hours in range(800)},
    told={"Statistic": 40.0, "Quantile": 50.0, "OneNumber": Decimal(5)},
)

each_example = pytest.mark.parametrize(("key", "settings"), EXAMPLES, ids=str)


def watching(key: str, settings: dict[str, Any]) -> Watching:
    return Watching(make_kind(key, **settings), make_subject("Europe/Berlin"))


def test_every_registered_kind_is_tried() -> None:
    assert {key for key, _ in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("key", list(KINDS))
def test_a_kind_declares_what_people_see(key: str) -> None:
    kind = KINDS[key]
    assert kind.label
    assert kind.tells.endswith(".")
    assert kind.unit in ("seconds", "rows", "columns", "percent", "number")
    assert kind.Settings.model_json_schema()["type"] == "object"


@each_example
def test_the_sentence_names_the_table_and_ends_with_a_full_stop(key: str, settings: dict[str, Any]) -> None:
    rule = watching(key, settings)
    for _ in range(2):  # without memory, and with it
        assert rule.sentence.startswith("Alerts if ")
        assert "main.orders" in rule.sentence
        assert rule.sentence.endswith(".")
        assert not any(wrong in rule.sentence for wrong in ("..", "  ", " ,", "()", "None"))
        rule.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)


@each_example
def test_judging_is_deterministic(key: str, settings: dict[str, Any]) -> None:
    first, second = (
        watching(key, settings).check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN) for _ in range(2)
    )
    assert first == second


@each_example
def test_memory_is_json_and_the_second_check_works_from_it(key: str, settings: dict[str, Any]) -> None:
    rule = watching(key, settings)
    first = rule.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)
    assert json.loads(json.dumps(first.memory)) == first.memory
    again = rule.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)
    assert again.memory == first.memory
    assert again.readings == ()


@each_example
def test_facts_are_json(key: str, settings: dict[str, Any]) -> None:
    rule = watching(key, settings)
    for now in (NOW, NOW + timedelta(days=90)):
        judgement = rule.check(now, CONTENTS, changed_at=SEEN, watched_since=SEEN)
        assert json.loads(json.dumps(judgement.facts)) == judgement.facts


@each_example
def test_settings_survive_being_stored(key: str, settings: dict[str, Any]) -> None:
    model = KINDS[key].Settings
    plain = check_settings(model, settings).plain()
    assert json.loads(json.dumps(plain)) == plain
    assert check_settings(model, plain).plain() == plain
    assert {name: plain[name] for name in plain if name in settings} == {
        name: value for name, value in settings.items() if name in plain
    }


@each_example
def test_the_distance_between_checks_is_sensible(key: str, settings: dict[str, Any]) -> None:
    distance = make_kind(key, **settings).check_every
    assert timedelta(minutes=1) <= distance <= timedelta(days=1)
    assert distance.total_seconds() == int(distance.total_seconds())


@each_example
def test_the_next_look_lies_ahead(key: str, settings: dict[str, Any]) -> None:
    judgement = watching(key, settings).check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)
    assert judgement.next_look_at is None or judgement.next_look_at > NOW


@each_example
def test_an_unwritten_table_is_not_read_again(key: str, settings: dict[str, Any]) -> None:
    rule = watching(key, settings)
    rule.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)
    known = Known(rule.memory, unwritten=True, changed_at=SEEN, watched_since=SEEN)
    wanted = rule.kind.wants(rule.subject, known, NOW + timedelta(minutes=1))
    # What SQL of a person's own reads may have changed in any case.
    always = [type(want).__name__ for want in rule.asked] if rule.kind.own_statements else []
    assert [type(want).__name__ for want in wanted] == (["ListColumns"] if key == "schema" else always)


@each_example
def test_memory_of_another_kind_does_no_harm(key: str, settings: dict[str, Any]) -> None:
    fresh: Kind = make_kind(key, **settings)
    for other_key, other_settings in EXAMPLES:
        other = watching(other_key, other_settings)
        other.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN)
        if other_key != key:
            rule = Watching(fresh, other.subject, memory=other.memory)
            assert rule.check(NOW, CONTENTS, changed_at=SEEN, watched_since=SEEN).verdict != "unknown"


@pytest.mark.parametrize("key", ["freshness", "volume"])
@pytest.mark.parametrize(
    ("column", "part"),
    [
        ("creatd_at", "Did you mean created_at"),
        ("id", "its type is BIGINT. Columns that do: created_at, updated_at, day."),
    ],
)
def test_a_column_that_cannot_work_is_refused(key: str, column: str, part: str) -> None:
    settings = {"every": "1h"} if key == "freshness" else {}
    kind = make_kind(key, column=column, **settings)
    with pytest.raises(Exception, match=part) as refusal:
        kind.refuse(make_subject(), Contents().columns, tells_changes=True)
    assert getattr(refusal.value, "field", None) == "column"


@each_example
def test_a_fitting_table_is_accepted(key: str, settings: dict[str, Any]) -> None:
    columns: list[Column] = list(Contents().columns)
    make_kind(key, **settings).refuse(make_subject(), columns, tells_changes=True)


def test_no_kind_loads_at_the_start_what_takes_a_tenth_of_a_second() -> None:
    heavy = "numpy", "holidays", "sqlglot"
    code = (
        "import sys, django; django.setup()\n"
        "from apps.rules import checking\n"
        "from apps.rules.kinds import KINDS\n"
        f"print([KINDS[key].label for key in KINDS] and [name for name in {heavy} if name in sys.modules])"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)  # noqa: S603
    assert done.stdout.strip() == "[]"

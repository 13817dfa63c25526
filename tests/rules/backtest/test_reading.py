"""The past as the table itself tells it: one statement, kept while limits are moved."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from django.db.models import Sum

from apps.common.errors import InvalidInput
from apps.connections.models import Connection, Usage
from apps.connections.services import refresh_catalogue
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, backtest
from tests.rules.backtest.conftest import Try
from tests.rules.conftest import NIGHT, Shop


def statements() -> int:
    return Usage.objects.aggregate(sum=Sum("statements"))["sum"] or 0


def test_it_says_on_which_days_a_rule_would_have_alerted(attempt: Try) -> None:
    found = attempt(column="created_at", drop="30%")
    assert found.sentence.startswith("Would have alerted 3 times in the last 30 days: on 2, 13 and 19 November.")
    assert found.trials[0].source == "the rows that are in main.orders now, by column created_at"
    assert not Rule.objects.exists()


def test_moving_a_limit_reads_nothing(attempt: Try) -> None:
    attempt(column="created_at", drop="30%")
    read = statements()
    tried = [attempt(column="created_at", drop=drop).trials[0] for drop in ("20%", "85%", "95%")]
    assert [len(trial.alerts) for trial in tried] == [3, 3, 0]
    assert statements() == read > 0


def test_another_question_is_read_anew(attempt: Try) -> None:
    attempt(column="created_at", drop="30%")
    read = statements()
    found = attempt(column="created_at", drop="30%", where="status = 'open'")
    assert statements() > read
    assert not found.trials[0].alerts  # ten open orders on each day


def test_each_value_of_a_column_is_tried(attempt: Try) -> None:
    found = attempt(column="created_at", drop="30%", by="status")
    assert len(found.trials[0].alerts) == 3
    assert "status paid" in found.trials[0].alerts[0].reason


def test_only_the_largest_of_many_values_are_tried(attempt: Try, past: Shop) -> None:
    past.write("UPDATE orders SET status = 'state ' || (id // 2000 % 40)::VARCHAR WHERE status = 'open'")
    found = attempt(column="created_at", drop="30%", by="status")
    assert "Of 41 values, only the 20 with the most rows were tried." in found.sentence


def test_waits_are_as_exact_as_the_times_in_the_column(attempt: Try, past: Shop) -> None:
    past.write(
        "DELETE FROM orders",
        *(
            f"INSERT INTO orders (created_at) VALUES (TIMESTAMP '{NIGHT - timedelta(minutes=minutes):%Y-%m-%d %H:%M}')"
            for minutes in (600, 545, 480, 409, 360, 330, 270, 210, 150, 90, 30)
        ),
    )
    found = attempt("freshness", every="1h", tolerance="10m", column="created_at")
    assert [round(alert.opened.timestamp() - NIGHT.timestamp()) for alert in found.trials[0].alerts] == [-410 * 60 + 1]
    assert found.trials[0].longest <= timedelta(minutes=5)


def test_a_young_table_is_tried_since_its_first_row(attempt: Try, past: Shop) -> None:
    past.write("DELETE FROM orders WHERE created_at < TIMESTAMP '2026-11-10 00:00:00'")
    found = attempt(column="created_at", drop="30%")
    assert "in the last 6 days" in found.sentence  # three days tell what is normal


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("created", "has no column 'created'"),
        ("status", "holds no times"),
    ],
)
def test_a_column_that_tells_nothing_is_named(attempt: Try, column: str, words: str) -> None:
    sentence = attempt(column=column).sentence
    assert sentence.startswith("There is no history to try it on yet.")
    assert words in sentence


def test_an_empty_table_has_no_past(attempt: Try, past: Shop) -> None:
    past.write("DELETE FROM orders")
    assert "No row of main.orders has a past time in column created_at." in attempt(column="created_at").sentence


def test_a_store_that_does_not_answer_is_told_of(attempt: Try, past: Shop) -> None:
    moved = past.path.rename(past.path.with_suffix(".away"))
    sentence = attempt(column="created_at").sentence
    assert sentence.startswith("There is no history to try it on yet. ")
    moved.rename(past.path)
    assert attempt(column="created_at").sentence == sentence  # it is left alone for a while


def test_a_rule_with_patterns_is_tried_on_each_table(attempt: Try, connection: Connection, past: Shop) -> None:
    past.write("CREATE TABLE copies AS SELECT * FROM orders", "CREATE TABLE other (seen TIMESTAMP)")
    refresh_catalogue(connection=connection, now=NIGHT)
    found = attempt(include=("main.*",), column="created_at", drop="30%")
    days = "on 2 (twice), 13 (twice) and 19 November (twice)."
    assert found.sentence.startswith(f"Would have alerted 6 times in the last 30 days on 2 tables: {days}")
    assert "Of 1 more table no history is known." in found.sentence


def test_the_zone_of_the_rule_cuts_its_days(connection: Connection, past: Shop) -> None:
    settings = {"column": "created_at", "drop": "30%"}
    draft = RuleDraft("Orders", connection, "volume", "main.orders", settings=settings, timezone="Pacific/Kiritimati")
    found = backtest(draft=draft, now=NIGHT)  # where noon of the store is two in the morning of the next day
    assert "on 3, 14 and 20 November." in found.sentence


@pytest.mark.parametrize("days", [0, 401])
def test_no_more_days_than_are_kept(attempt: Try, days: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 400 days"):
        attempt(column="created_at", days=days)


def test_what_takes_too_long_is_tried_on_the_newest_part(connection: Connection, past: Shop) -> None:
    settings = {"column": "created_at", "drop": "30%", "per": "1h"}
    draft = RuleDraft("Orders", connection, "volume", "main.orders", settings=settings)
    found = backtest(draft=draft, seconds=0.0, now=NIGHT)
    assert "To try it on more would take too long." in found.sentence
    assert "in the last day" in found.sentence


def test_the_store_is_only_read(attempt: Try, past: Shop) -> None:
    attempt(column="created_at")
    with duckdb.connect(str(past.path), read_only=True) as session:
        assert session.execute("SELECT COUNT(*) FROM orders").fetchall() == [(129 * 1_010 - 3 * 900,)]

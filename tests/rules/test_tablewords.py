"""What a table's page says of its size and of its changes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.connections.models import Table
from apps.connections.services import ENGINES, Column
from apps.rules.tables.words import change_words, size_words, unchanged_words

NOW = timezone.now()
DAY = timedelta(days=1)


def a_table(**fields: Any) -> Table:
    return Table(**{"kind": "table", "watched_since": NOW - 4 * DAY, **fields})


def plain(words: str) -> str:
    return re.sub(r"<[^>]+>", "", words).replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rows": 1_234, "bytes": 5_600_000}, "1,234 rows and 5.6 MB, by "),
        ({"rows": 1, "bytes": None}, "1 row, by "),
        ({"rows": None, "bytes": 0}, "0 bytes, by "),
        ({"rows": None, "bytes": None}, "PostgreSQL does not tell how large this table is."),
    ],
)
def test_a_size_is_told_with_its_source(fields: dict[str, Any], words: str) -> None:
    said = size_words(a_table(**fields), ENGINES["postgres"])
    assert said.startswith(words)
    assert said.endswith((" (hint).", " (estimate).", "is."))


@pytest.mark.parametrize(
    ("engine", "fields", "words"),
    [
        ("postgres", {"gone_at": NOW - DAY}, "It is no longer there: that was noticed 1 day ago."),
        ("postgres", {"writes": 9}, "No change was noticed since"),
        ("postgres", {"writes": 9, "changed_at": NOW - DAY, "changes": 1}, "It last changed 1 day ago, by PostgreSQL"),
        ("postgres", {}, "PostgreSQL does not tell when this table changes: a rule on it needs a timestamp column."),
        ("postgres", {"kind": "view"}, "PostgreSQL does not tell when this view changes"),
        ("duckdb", {}, "Whether it changes is looked at as soon as a rule without a timestamp column watches it."),
        ("bigquery", {"changed_at": NOW - DAY}, "It last changed 1 day ago, by BigQuery's last_modified_time"),
    ],
)
def test_changes_are_told_as_far_as_the_store_tells_them(engine: str, fields: dict[str, Any], words: str) -> None:
    assert plain(change_words(a_table(**fields), ENGINES[engine])).startswith(words)


def test_a_rhythm_is_told_from_the_second_change_on() -> None:
    table = a_table(writes=9, changed_at=NOW - DAY, changes=6)
    assert "6 changes were noticed since" in plain(change_words(table, ENGINES["postgres"]))
    assert plain(change_words(table, ENGINES["postgres"])).endswith("about one every 12 h.")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (None, "27 bytes, by its files."),
        (9, "9 rows, by Iceberg's snapshots (estimate), and 27 bytes, by its files."),
    ],
)
def test_the_bytes_of_a_lake_are_those_of_its_files(rows: int | None, words: str) -> None:
    assert size_words(a_table(rows=rows, bytes=27), ENGINES["lake"]) == words


def test_columns_that_were_never_read_are_not_said_to_be_unchanged() -> None:
    assert "never read" in unchanged_words(())
    assert "first read" in unchanged_words((Column("id", "bigint"),))

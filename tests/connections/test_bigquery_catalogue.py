"""What BigQuery's own tables mean, and how its SQL is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from apps.connections.engines.bigquery_catalogue import (
    SQL,
    by_name,
    column_listing,
    columns_of,
    infos_of,
    listing,
    look_of,
)
from apps.connections.engines.contract import Column
from apps.connections.names import TableName

# Names without a dot: inside backticks it would part the name, and BigQuery has no such names.
NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="."), min_size=1)
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MS = int(NIGHT.timestamp() * 1000)


def listed(table: str, *, kind: int = 1, modified: int = MS, rows: int = 10, size: int = 80) -> tuple[Any, ...]:
    return ("shop", table, kind, MS - 1000, modified, rows, size)


def test_the_look_at_a_table_tells_when_it_was_written_and_its_rows() -> None:
    ((name, stored),) = by_name([listed("orders")]).items()
    look = look_of(name, stored)
    assert (look.changed_at, look.rows, look.identity) == (NIGHT, 10, str(MS - 1000))


@pytest.mark.parametrize("change", [{"modified": MS + 1}, {"rows": 11}, {"size": 88}])
def test_the_mark_moves_with_the_time_the_rows_and_the_bytes(change: dict[str, int]) -> None:
    before, after = (look_of(TableName("shop", "t"), by_name([row])[TableName("shop", "t")])
                     for row in (listed("t"), listed("t", **change)))  # fmt: skip
    assert before.mark != after.mark


@pytest.mark.parametrize(("kind", "named"), [(2, "view"), (3, "table")])
def test_views_and_external_tables_tell_nothing_of_their_data(kind: int, named: str) -> None:
    name = TableName("shop", "elsewhere")
    look = look_of(name, by_name([listed("elsewhere", kind=kind, rows=0)])[name])
    assert (look.kind, look.mark, look.rows, look.changed_at) == (named, "", None, None)


def test_the_days_of_a_table_are_one_table() -> None:
    rows = [listed("events_20261119"), listed("events_20261120", modified=MS + 5, rows=7), listed("users")]
    found = by_name(rows)
    assert list(found) == [TableName("shop", "events_*"), TableName("shop", "users")]
    look = look_of(TableName("shop", "events_*"), found[TableName("shop", "events_*")])
    assert (look.rows, look.identity) == (17, "")
    assert look.changed_at == datetime(2026, 11, 21, 3, 0, 0, 5000, tzinfo=UTC)


@pytest.mark.parametrize("name", ["events_20261320", "events_2026", "backup_20260101"])
def test_a_single_day_and_what_is_no_day_keep_their_own_name(name: str) -> None:
    assert [info.name.name for info in infos_of(by_name([listed(name), listed("a")]))] == ["a", name]


def test_a_table_of_days_is_read_by_a_wildcard_that_takes_in_days_alone() -> None:
    assert SQL.table(TableName("shop", "events_*")) == "`shop`.`events_20*`"


def test_columns_come_in_their_order_and_older_days_are_left_out() -> None:
    day, name = TableName("shop", "events_20261120"), TableName("shop", "events_*")
    rows = [("shop", day.name, "b", "STRING", True, 2, False, None),
            ("shop", day.name, "a", "DATETIME", False, 1, True, "When it happened"),
            ("shop", "events_20261119", "old", "INT64", True, 1, False, None)]  # fmt: skip
    assert columns_of(rows, {day: name})[name] == [
        Column("a", "DATETIME", "naive", False, "When it happened", True),
        Column("b", "STRING"),
    ]


def test_rows_and_bytes_are_those_of_all_days_and_of_stored_tables_alone() -> None:
    rows = [listed("events_20261119"), listed("events_20261120", rows=7), listed("recent", kind=2, rows=0, size=0)]
    assert [(info.name.name, info.rows, info.bytes) for info in infos_of(by_name(rows))] == [
        ("events_*", 17, 160),
        ("recent", None, None),
    ]


@pytest.mark.parametrize(("described", "views"), [(False, 1), (True, 2)])
def test_descriptions_are_read_from_a_second_view(described: bool, views: int) -> None:
    statement = sqlglot.parse_one(
        column_listing({TableName("shop-prod-1234", "shop"): None}, described=described), dialect="bigquery"
    )
    assert len(list(statement.find_all(exp.Table))) == views


@given(schema=NAMES, name=NAMES.filter(lambda name: not name.endswith("_*")))
def test_no_name_can_leave_its_quotes(schema: str, name: str) -> None:
    table = sqlglot.parse_one(f"SELECT 1 FROM {SQL.table(TableName(schema, name))}", dialect="bigquery").find(exp.Table)
    assert table is not None
    assert (table.db, table.name) == (schema, name)


@given(value=NAMES)
def test_no_text_can_leave_its_quotes(value: str) -> None:
    literal = sqlglot.parse_one(SQL.text(value), dialect="bigquery")
    assert isinstance(literal, exp.Literal)
    assert literal.this == value


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("aware", "TIMESTAMP '2026-11-21 03:00:00+00:00'"),
        ("naive", "DATETIME '2026-11-21 04:00:00'"),
        ("date", "DATE '2026-11-21'"),
    ],
)
def test_a_moment_is_written_in_the_columns_own_type(time: str, written: str) -> None:
    assert SQL.moment(NIGHT, time, ZoneInfo("Europe/Berlin")) == written


def test_the_tables_of_many_datasets_are_listed_by_one_statement() -> None:
    datasets = [TableName("shop-prod-1234", f"d{number}") for number in range(3)]
    statement = sqlglot.parse_one(listing(datasets), dialect="bigquery")
    assert sorted(table.db for table in statement.find_all(exp.Table)) == ["d0", "d1", "d2"]

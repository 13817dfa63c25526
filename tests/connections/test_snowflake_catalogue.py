"""What the rows of Snowflake's INFORMATION_SCHEMA mean, and how its SQL is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from apps.connections.engines.contract import Column, TableInfo
from apps.connections.engines.snowflake_catalogue import (
    LOOKS,
    NAMED,
    SQL,
    access_of,
    asking,
    columns_of,
    infos_of,
    look_of,
)
from apps.connections.names import TableName

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1)
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
US = int(NIGHT.timestamp() * 1_000_000)


def row(*, kind: str = "BASE TABLE", rows: Any = 10, size: Any = 80, altered: Any = US) -> tuple[Any, ...]:
    return ("PUBLIC", "ORDERS", kind, rows, size, altered, US - 1000)


def test_the_look_at_a_table_tells_when_it_was_altered_its_rows_and_its_bytes() -> None:
    look = look_of(row())
    assert (look.changed_at, look.rows, look.bytes, look.identity) == (NIGHT, 10, 80, str(US - 1000))


@pytest.mark.parametrize("change", [{"altered": US + 1}, {"rows": 11}, {"size": 88}])
def test_the_mark_moves_with_the_time_the_rows_and_the_bytes(change: dict[str, Any]) -> None:
    assert look_of(row()).mark != look_of(row(**change)).mark


@pytest.mark.parametrize(("change", "moves"), [({"altered": US + 1}, False), ({"rows": 11}, True), ({"size": 8}, True)])
def test_the_fingerprint_moves_with_the_rows_and_the_bytes_alone(change: dict[str, Any], moves: bool) -> None:
    assert (look_of(row()).fingerprint != look_of(row(**change)).fingerprint) == moves


@pytest.mark.parametrize(
    ("kind", "named"),
    [("VIEW", "view"), ("MATERIALIZED VIEW", "view"), ("EXTERNAL TABLE", "table"), ("EVENT TABLE", "table")],
)
def test_what_does_not_store_its_rows_tells_nothing_of_its_changes(kind: str, named: str) -> None:
    look = look_of(row(kind=kind, rows=None, size=None))
    assert (look.kind, look.mark, look.fingerprint, look.rows, look.changed_at) == (named, "", "", None, None)


@pytest.mark.parametrize("change", [{"rows": None}, {"size": None}, {"altered": None}])
def test_what_cannot_be_cross_checked_is_not_told(change: dict[str, Any]) -> None:
    look = look_of(row(**change))
    assert (look.mark, look.changed_at) == ("", None)


def test_the_catalogue_has_comments_rows_and_bytes_as_far_as_they_are_known() -> None:
    rows = [("PUBLIC", "ORDERS", "BASE TABLE", "All orders", 10, 80), ("PUBLIC", "V", "VIEW", None, None, None)]
    assert infos_of(rows) == [
        TableInfo(TableName("PUBLIC", "ORDERS"), "table", "All orders", 10, 80),
        TableInfo(TableName("PUBLIC", "V"), "view"),
    ]


@pytest.mark.parametrize(
    ("kind", "sizes", "written", "time"),
    [
        ("NUMBER", (None, 10, 2), "NUMBER(10,2)", ""),
        ("TEXT", (20, None, None), "TEXT(20)", ""),
        ("TIMESTAMP_TZ", (None, None, None), "TIMESTAMP_TZ", "aware"),
        ("TIMESTAMP_LTZ", (None, None, None), "TIMESTAMP_LTZ", "aware"),
        ("TIMESTAMP_NTZ", (None, None, None), "TIMESTAMP_NTZ", "naive"),
        ("DATE", (None, None, None), "DATE", "date"),
        ("VARIANT", (None, None, None), "VARIANT", ""),
    ],
)
def test_a_column_has_its_type_with_its_size_and_says_how_its_times_are_read(
    kind: str, sizes: tuple[int | None, ...], written: str, time: Any
) -> None:
    rows = [("PUBLIC", "ORDERS", "C", kind, *sizes, "NO", None)]
    assert columns_of(rows) == {TableName("PUBLIC", "ORDERS"): [Column("C", written, time, nullable=False)]}


@pytest.mark.parametrize(("role", "superuser"), [("ACCOUNTADMIN", True), ("SYSADMIN", True), ("READER", False)])
def test_administrators_are_named_as_such(role: str, superuser: bool) -> None:
    access = access_of([("PUBLIC", "ORDERS")], role=role)
    assert (access.tables, access.superuser) == (("PUBLIC.ORDERS",), superuser)


def test_all_schemas_but_snowflakes_own_are_asked_for_in_one_statement() -> None:
    assert asking(LOOKS, database='Sh"op', schemas=()).endswith(
        """FROM "Sh""op".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'"""
    )
    assert "TABLE_SCHEMA IN ('A', 'o''b')" in asking(LOOKS, database="S", schemas=("o'b", "A"))


def test_few_tables_are_asked_for_by_name_and_many_by_their_schemas() -> None:
    few = [TableName("A", "X"), TableName("B", "X")]
    many = [TableName("A", f"T{number}") for number in range(NAMED + 1)]
    assert asking(LOOKS, database="S", schemas=(), tables=few).endswith(
        "AND TABLE_SCHEMA IN ('A', 'B') AND TABLE_NAME IN ('X')"
    )
    assert asking(LOOKS, database="S", schemas=(), tables=many).endswith("AND TABLE_SCHEMA IN ('A')")


@given(schema=NAMES, name=NAMES)
def test_no_name_can_leave_its_quotes(schema: str, name: str) -> None:
    statement = sqlglot.parse_one(f"SELECT 1 FROM {SQL.table(TableName(schema, name))}", dialect="snowflake")
    table = statement.find(exp.Table)
    assert table is not None
    assert (table.db, table.name) == (schema, name)


@given(value=NAMES)
def test_no_text_can_leave_its_quotes(value: str) -> None:
    literal = sqlglot.parse_one(SQL.text(value), dialect="snowflake")
    assert isinstance(literal, exp.Literal)
    assert literal.this == value


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("aware", "CAST('2026-11-21 03:00:00+00:00' AS TIMESTAMP_TZ)"),
        ("naive", "CAST('2026-11-21 04:00:00' AS TIMESTAMP_NTZ)"),
        ("date", "CAST('2026-11-21' AS DATE)"),
    ],
)
def test_a_moment_is_written_in_the_columns_own_type(time: str, written: str) -> None:
    assert SQL.moment(NIGHT, time, ZoneInfo("Europe/Berlin")) == written

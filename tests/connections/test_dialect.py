"""Identifiers and constants as the engines write them, held against a parser that was written by others."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from apps.connections.engines import ENGINES
from apps.connections.names import TableName

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20)
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("key", ["duckdb", "postgres"])
@given(schema=NAMES, name=NAMES)
def test_no_name_can_leave_its_quotes(key: str, schema: str, name: str) -> None:
    engine = ENGINES[key]
    written = sqlglot.parse_one(f"SELECT 1 FROM {engine.sql.table(TableName(schema, name))}", dialect=engine.dialect)
    table = written.find(exp.Table)
    assert table is not None
    assert (table.db, table.name) == (schema, name)


@given(value=NAMES)
def test_no_text_can_leave_its_quotes(value: str) -> None:
    literal = sqlglot.parse_one(ENGINES["duckdb"].sql.text(value), dialect="duckdb")
    assert literal.this == value


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("aware", "TIMESTAMPTZ '2026-11-21 03:00:00+00:00'"),
        ("naive", "TIMESTAMP '2026-11-21 04:00:00'"),
        ("date", "DATE '2026-11-21'"),
    ],
)
def test_a_moment_is_written_in_the_columns_own_type_and_zone(time: str, written: str) -> None:
    assert ENGINES["postgres"].sql.moment(NIGHT, time, ZoneInfo("Europe/Berlin")) == written


@pytest.mark.parametrize("key", ["bigquery", "mysql", "snowflake"])
@given(value=st.text("a'\\\n\r\"`%{}", max_size=9))
def test_no_text_can_leave_its_quotes_where_a_backslash_escapes(key: str, value: str) -> None:
    written = ENGINES[key].sql.text(value)
    assert sqlglot.parse_one(written, dialect=ENGINES[key].dialect).this == value
    assert key != "bigquery" or len(written.splitlines()) == 1  # a text ends there with its line


def test_a_text_of_several_parts_stays_together() -> None:
    assert ENGINES["redshift"].sql.text("a\\b'") == "('a' || chr(92) || 'b''')"

"""What SQL of a person's own may be, and what is known of its columns before it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.written_check import check_number, check_rows, check_written, outputs_of
from tests.rules.kinds.watching import make_kind, make_subject


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "SELECT COUNT(*) FROM {table} t WHERE t.data ? 'key' AND note = 'it''s; fine'"),
        ("postgres", "WITH a AS (SELECT 1 AS n) (SELECT n FROM a UNION ALL SELECT 2) ORDER BY 1"),
        ("bigquery", "SELECT COUNT(*) FROM {table}, UNNEST(items) AS item WHERE item.price < 0"),
        ("snowflake", "SELECT v:total::int FROM {table} QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1"),
        ("mysql", 'SELECT COUNT(*) FROM {table} WHERE `odd;name` = "x"'),
        ("duckdb", "SELECT 1 /* why */ -- because"),
    ],
)
def test_one_select_of_any_store_is_taken(dialect: str, text: str) -> None:
    check_written(text, dialect)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("UPDATE t SET n = 1", "only reads"),
        ("SELECT 1; SELECT 2", "only reads"),
        ("SELECT n INTO copy FROM t", "may not write"),
        ("SELECT n FROM t FOR UPDATE", "lock rows"),
        ("WITH gone AS (DELETE FROM t RETURNING n) SELECT n FROM gone", "may not write"),
        ("SELECT 1; -- and so on", "without a semicolon"),
        ("COPY t TO PROGRAM 'sh'", "only reads"),
        ("SELECT n FROM t WHERE n = %s", "placeholders"),
        ("SELECT n FROM t WHERE n = :n", "placeholders"),
        ("SELECT n FROM t WHERE n = $1", "placeholders"),
        ("SELECT '{table}'", "not within quotes"),
        ('SELECT 1 FROM "{table}"', "not within quotes"),
        ("SELECT 1 FROM copy_of_{table}", "not within quotes"),
        ("SELECT 1 -- {table}", "comments"),
        ("SELECT 'never ended", "quote"),
        ("SELECT 1) AS a, (SELECT 2", r"near '\)'"),
        ("SELECT " + "(" * 4000 + "1" + ")" * 4000, "too many brackets"),
    ],
)
def test_what_is_more_or_less_than_one_select_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_written(text, "postgres")


@pytest.mark.parametrize(
    "text", ["SELECT a, b FROM t", "SELECT * FROM t", "SELECT 'a'", "SELECT CAST(a AS text)", "SELECT CURRENT_DATE"]
)
def test_a_query_that_cannot_give_one_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="number"):
        check_number(text, "postgres")


def test_rows_that_are_shown_must_name_their_columns() -> None:
    with pytest.raises(InvalidInput, match="samples"):
        check_rows("SELECT * FROM t WHERE a < 0", "postgres", shown=True)
    check_rows("SELECT * FROM t WHERE a < 0", "postgres", shown=False)
    with pytest.raises(InvalidInput, match="Two columns of the query are called id"):
        check_rows("SELECT a.id, b.id FROM a, b", "postgres", shown=True)


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("SELECT id, email, total FROM t", ["email"]),
        ("SELECT id, LOWER(email) AS x FROM t", ["x"]),
        ("SELECT id, x FROM (SELECT id, phone AS x FROM t) AS q", ["x"]),
        ("WITH q(a, b) AS (SELECT id, iban FROM t), r AS (SELECT a, b AS c FROM q) SELECT a, c AS d FROM r", ["d"]),
        ("SELECT id AS a FROM t UNION ALL SELECT email FROM t", ["a"]),
        ("SELECT COUNT(*), (SELECT MAX(email) FROM t) FROM t", ["column 2"]),
    ],
)
def test_what_is_made_of_a_personal_column_is_personal_under_any_name(text: str, personal: Sequence[str]) -> None:
    assert [output.name for output in outputs_of(text, "postgres") if output.personal] == personal


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "at_least, at_most or equals"),
        ({"equals": 1, "at_most": 2}, "(?i)give equals, or"),
        ({"at_least": 3, "at_most": 2}, "must not be more"),
        ({"expect": "no_rows", "at_most": 2}, "have no limits"),
        ({"equals": 1, "samples": 51}, "samples"),
        ({"equals": 1, "sql": " ;\n"}, "one SELECT"),
        ({"equals": 1, "sql": "SELECT " + "1" * 10_000}, "10000"),
        ({"equals": 1, "by": "country"}, "not known here"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        make_kind("sql", **{"sql": "SELECT 1", **settings})


def test_a_text_is_the_same_whether_a_browser_or_a_file_brings_it() -> None:
    browser, file = (make_kind("sql", sql=text, equals=1) for text in ("SELECT 1\r\n+ 1;\r\n", "SELECT 1\n+ 1\n"))
    assert browser.settings == file.settings


def test_a_refusal_names_the_field() -> None:
    subject: Subject = make_subject()
    with pytest.raises(InvalidInput, match=r"^sql: Midwatch only reads") as caught:
        make_kind("sql", sql="DROP TABLE t", equals=1).refuse_sql(subject)
    assert caught.value.field == "sql"


def test_the_kinds_are_loaded_without_a_parser_of_sql() -> None:
    code = "import django, sys; django.setup(); import apps.rules.kinds.sql; import apps.rules.kinds.reconciliation"
    loaded = "sys.exit('sqlglot' in sys.modules)"
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", f"{code}; {loaded}"], env=settings, check=True)  # noqa: S603

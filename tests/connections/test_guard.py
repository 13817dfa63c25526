"""What is refused before it is sent to a store."""

from __future__ import annotations

import pytest

from apps.connections.engines.errors import NotPermitted, QueryFailed
from apps.connections.engines.guard import only_select

DIALECTS = ["mysql", "redshift", "snowflake"]
MORE = [
    "",
    ";",
    "INSERT INTO t VALUES (1)",
    "SELECT 1; DROP TABLE t",
    "SELECT * INTO copied FROM t",
    "WITH a AS (SELECT 1) DELETE FROM t",
    "WITH a AS (DELETE FROM t RETURNING n) SELECT * FROM a",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR SHARE",
    "UNLOAD ('SELECT 1') TO 's3://elsewhere'",
    "COPY t FROM 's3://elsewhere'",
    "CALL p()",
    "SELECT 1 /* /* */ */",
]
PLAIN = [
    "SELECT 'INTO; DROP' AS said FROM t;",
    "WITH a AS (SELECT 1 AS n) SELECT * FROM a",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT SUBSTRING('abc' FROM 1 FOR 2)",
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", MORE)
def test_what_is_more_than_one_plain_select_is_refused(sql: str, dialect: str) -> None:
    with pytest.raises(NotPermitted):
        only_select(sql, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", PLAIN)
def test_plain_selects_pass(sql: str, dialect: str) -> None:
    assert only_select(sql, dialect)


def test_statements_that_snowflake_chains_are_refused() -> None:
    with pytest.raises(NotPermitted):
        only_select("SELECT 1 ->> CALL p()", "snowflake")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_quote_that_does_not_end_is_named(dialect: str) -> None:
    with pytest.raises(QueryFailed, match="does not end"):
        only_select("SELECT 'x", dialect)

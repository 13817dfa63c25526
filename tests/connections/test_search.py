"""Finding tables over all connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.engines.contract import Column
from apps.connections.models import Connection, Table, TableVersion
from apps.connections.search import columns_that_match, search_tables
from apps.connections.snapshots import written
from apps.teams.models import Team

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ID, EMAIL = Column("id", "bigint"), Column("E-Mail", "text", comment="Where mails go, 100% of them")


def make(name: str, *columns: Column, schema: str = "main", comment: str = "", hours: float = 0) -> Table:
    """A table of the one connection with a version so many hours after the night began."""
    team, _ = Team.objects.get_or_create(name="Watchers")
    connection, _ = Connection.objects.get_or_create(team=team, name="shop", engine="duckdb")
    at = NIGHT + timedelta(hours=hours)
    seen = {"first_seen_at": at, "looked_at": at, "watched_since": at, "comment": comment}
    table, _ = Table.objects.get_or_create(connection=connection, schema=schema, name=name, defaults=seen)
    TableVersion.objects.create(table=table, seen_at=at, columns=written(columns))
    return table


def found(words: str) -> list[str]:
    return [table.name for table in search_tables(Table.objects.order_by("name"), words)]


@pytest.fixture
def tables() -> None:
    make("customers", ID, EMAIL, comment="People who bought something")
    make("orders", ID, Column("customer_id", "bigint"), schema="Sales")
    make("nothing")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["customers", "nothing", "orders"]),
        ("order", ["orders"]), ("ORDERS", ["orders"]), ("sales.orders", ["orders"]), ("sales", ["orders"]),
        ("bought", ["customers"]), ("e-mail", ["customers"]), ("mails go", ["customers"]),
        ("customer", ["customers", "orders"]), ("customer id", ["customers", "orders"]), ("customer sales", ["orders"]),
        ("100%", ["customers"]), ("customer_id", ["orders"]), ("customer%id", []), ("nowhere", []),
        ("bigint", []), ("comment", []), ('"', []), ("\\", []), ("'", []),
    ],
)  # fmt: skip
def test_every_word_is_looked_for_in_names_comments_and_columns(tables: None, words: str, names: list[str]) -> None:
    assert found(words) == names


def test_a_column_that_is_gone_is_not_found_any_more() -> None:
    make("orders", ID, Column("discount", "integer"))
    assert found("discount") == ["orders"]
    make("orders", ID, hours=1)
    assert found("discount") == []


def test_names_in_other_letters_are_found_as_they_are_written() -> None:
    make("kunden", Column("Größe ☕", "text"))
    assert found("röße ☕") == ["kunden"]
    assert found("kürbis") == []


def test_a_very_long_question_is_cut_short(tables: None) -> None:
    assert found("orders" * 100) == []


@pytest.mark.parametrize(
    ("words", "columns"), [("mail", ["E-Mail"]), ("id", ["id"]), ("MAILS id", ["id", "E-Mail"]), ("orders", [])]
)
def test_the_columns_for_which_a_table_was_found(words: str, columns: list[str]) -> None:
    assert [column.name for column in columns_that_match((ID, EMAIL), words)] == columns


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("\x00", []), ("\x01\x1f", []), ("cust\x00", ["customers", "orders"]),
        (" \n", ["customers", "nothing", "orders"]),
    ],
)  # fmt: skip
def test_control_characters_find_nothing_and_part_words(words: str, names: list[str]) -> None:
    assert found(words) == names

"""What differs between two snapshots of columns, and between two lists of tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.difference import TableSeen, apply, comment_words, difference, table_difference
from apps.connections.engines.contract import Column
from apps.connections.names import TableName
from apps.connections.widening import is_widened

NAMES = st.sampled_from("abcdefgh")
TYPES = st.sampled_from(["integer", "bigint", "text", "varchar(10)", "varchar(20)"])
COLUMNS = st.lists(
    st.builds(Column, NAMES, TYPES, st.sampled_from(["", "date"]), st.booleans(), st.sampled_from(["", "x", "y"]),
              st.booleans()),
    max_size=8, unique_by=lambda column: column.name,
)  # fmt: skip
ID, AMOUNT, NOTE = Column("id", "bigint", nullable=False), Column("amount", "integer"), Column("note", "text")


def sentences(before: list[Column], after: list[Column]) -> list[str]:
    return [change.sentence for change in difference(before, after)]


@given(before=COLUMNS, after=COLUMNS)
def test_applying_the_difference_to_what_was_gives_what_is(before: list[Column], after: list[Column]) -> None:
    assert apply(before, difference(before, after)) == tuple(after)


@given(columns=COLUMNS)
def test_nothing_differs_from_itself(columns: list[Column]) -> None:
    assert difference(columns, columns) == ()


@given(before=COLUMNS, after=COLUMNS)
def test_each_column_is_added_removed_or_renamed_once(before: list[Column], after: list[Column]) -> None:
    changes = difference(before, after)
    gone = [change.before.name for change in changes if change.before and change.aspect in ("removed", "renamed")]
    come = [change.after.name for change in changes if change.after and change.aspect in ("added", "renamed")]
    assert sorted(gone) == sorted({column.name for column in before} - {column.name for column in after})
    assert sorted(come) == sorted({column.name for column in after} - {column.name for column in before})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"type": "bigint"}, "Column amount changed from integer to bigint (wider)."),
        ({"type": "text"}, "Column amount changed from integer to text."),
        ({"type": ""}, "Column amount changed from integer to no type."),
        ({"name": "total"}, "Column amount was renamed to total."),
        ({"nullable": False}, "Column amount may no longer be empty."),
        ({"partition": True}, "The table is now stored in parts by column amount."),
        ({"comment": "In euros"}, "A comment was added to column amount: “In euros”."),
    ],
)
def test_a_change_is_told_in_one_plain_sentence(change: dict[str, Any], sentence: str) -> None:
    assert sentences([ID, AMOUNT, NOTE], [ID, AMOUNT._replace(**change), NOTE]) == [sentence]


def test_added_and_removed_columns_are_told_with_their_types() -> None:
    assert sentences([ID, AMOUNT], [ID, NOTE, AMOUNT]) == ["Column note (text) was added."]
    assert sentences([ID, NOTE, AMOUNT], [ID, AMOUNT]) == ["Column note (text) was removed."]


def test_several_changes_of_one_column_are_several_sentences() -> None:
    after = AMOUNT._replace(type="bigint", nullable=False)
    assert [change.aspect for change in difference([AMOUNT], [after])] == ["widened", "nullable"]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([ID, Column("total", "bigint")], id="another type"),
        pytest.param([ID, Column("total", "integer", nullable=False)], id="another nullability"),
        pytest.param([Column("total", "integer"), ID], id="another place"),
        pytest.param([ID, Column("total", "integer", comment="Something else")], id="another comment"),
    ],
)
def test_what_is_not_certainly_renamed_was_removed_and_added(after: list[Column]) -> None:
    assert {"removed", "added"} <= {change.aspect for change in difference([ID, AMOUNT], after)}


def test_two_columns_renamed_at_once_are_told_apart_by_their_places() -> None:
    before, after = [ID, Column("a", "text"), Column("b", "text")], [ID, Column("x", "text"), Column("y", "text")]
    assert sentences(before, after) == ["Column a was renamed to x.", "Column b was renamed to y."]


def test_only_the_column_that_was_moved_is_told_as_moved() -> None:
    assert sentences([ID, AMOUNT, NOTE], [NOTE, ID, AMOUNT]) == ["Column note is in place 1 now."]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("integer", "bigint"), ("smallint", "integer"), ("INTEGER", "HUGEINT"), ("int(11)", "bigint(20)"),
        ("int(10) unsigned", "bigint(20)"), ("tinyint unsigned", "smallint unsigned"), ("UTINYINT", "SMALLINT"),
        ("character varying(10)", "character varying(20)"), ("varchar(10)", "varchar(20)"), ("VARCHAR(10)", "VARCHAR"),
        ("character varying(10)", "text"), ("STRING(10)", "STRING"), ("text", "mediumtext"), ("char(2)", "char(3)"),
        ("numeric(10,2)", "numeric(12,2)"), ("DECIMAL(10,2)", "DECIMAL(12,4)"), ("NUMBER(10, 2)", "NUMBER(38, 2)"),
        ("numeric(10,2)", "numeric"), ("NUMERIC", "BIGNUMERIC"), ("real", "double precision"), ("FLOAT", "DOUBLE"),
        ("integer[]", "bigint[]"), ("varbinary(10)", "varbinary(20)"),
    ],
)  # fmt: skip
def test_a_type_that_takes_in_more_is_wider_and_not_the_other_way_round(before: str, after: str) -> None:
    assert is_widened(before, after)
    assert not is_widened(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("date", "timestamp"), ("DATE", "TIMESTAMP WITH TIME ZONE"), ("timestamp", "timestamp with time zone"),
        ("integer", "text"), ("integer", "numeric(20,0)"), ("bigint", "double precision"), ("bigint", "bigint"),
        ("bigint", "int unsigned"), ("int unsigned", "int"), ("int(11)", "int(20)"),
        ("numeric(10,2)", "numeric(10,4)"), ("numeric(12,2)", "numeric(13,0)"),
        ("char(3)", "varchar(20)"), ("integer", "bigint[]"), ("STRUCT(a INTEGER)", "STRUCT(a BIGINT)"),
        ("enum('a')", "enum('a','b')"), ("", "integer"),
    ],
)  # fmt: skip
def test_what_reads_differently_or_holds_less_is_not_wider(before: str, after: str) -> None:
    assert not is_widened(before, after)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_spelling_of_a_type_is_too_odd(before: str, after: str) -> None:
    assert not (is_widened(before, after) and is_widened(after, before))


def seen(name: str, identity: str = "", kind: str = "table") -> TableSeen:
    return TableSeen(TableName("public", name), kind, identity)


def table_sentences(before: list[TableSeen], after: list[TableSeen]) -> list[str]:
    return [change.sentence for change in table_difference(before, after)]


def test_tables_appear_vanish_and_stay() -> None:
    before, after = [seen("orders", "1"), seen("old", "2")], [seen("orders", "1"), seen("recent", "3", "view")]
    assert table_sentences(before, after) == [
        "The view public.recent appeared.",
        "The table public.old vanished.",
    ]


def test_the_same_physical_table_under_a_new_name_was_renamed() -> None:
    assert table_sentences([seen("orders", "16401")], [seen("orders_v1", "16401")]) == [
        "The table public.orders was renamed to public.orders_v1."
    ]


def test_a_table_made_anew_under_its_old_name_is_no_change_of_the_list() -> None:
    assert table_difference([seen("orders", "1")], [seen("orders", "2")]) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([seen("a")], [seen("b")], id="the store tells no identity"),
        pytest.param([seen("a", "1")], [seen("b", "2")], id="another identity"),
        pytest.param([seen("a", "1")], [seen("b", "1", "view")], id="another kind"),
        pytest.param([seen("a", "1"), seen("c", "1")], [seen("b", "1")], id="two with one identity"),
    ],
)
def test_without_one_certain_identity_nothing_was_renamed(before: list[TableSeen], after: list[TableSeen]) -> None:
    assert all("renamed" not in sentence for sentence in table_sentences(before, after))


@pytest.mark.parametrize(
    ("then", "now", "sentence"),
    [
        ("", "All orders", "A comment was added to the table: “All orders”."),
        ("All", "All orders", "The comment of the table changed from “All” to “All orders”."),
        ("All", "", "The comment of the table was removed: “All”."),
    ],
)
def test_comments_of_tables_are_told_as_those_of_columns(then: str, now: str, sentence: str) -> None:
    assert comment_words("the table", then, now) == sentence

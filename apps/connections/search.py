"""Finding tables by their name, their comment, and the names and comments of their columns.

All of it is done by the database that Midwatch keeps its data in, in one statement: columns stand as JSON in the newest
version of a table, which SQLite and PostgreSQL both take apart. Upper and lower case do not count (in SQLite those of
letters from A to Z).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import category

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.db.models.sql.compiler import SQLCompiler

from apps.connections.engines.contract import Column
from apps.connections.models import Table
from apps.connections.snapshots import latest

LONGEST = 200  # characters of what is searched for
BLANKS = " \t\r\n"  # a search of nothing else is none
Params = tuple[str | int, ...]


class ColumnHolds(Func):
    """Whether the name or the comment of one of the columns in a `TableVersion` holds a text."""

    output_field = BooleanField()
    sqlite = (
        "EXISTS (SELECT 1 FROM json_each({0}) AS c WHERE json_extract(c.value, '$.name') LIKE {1} ESCAPE '\\'"
        " OR json_extract(c.value, '$.comment') LIKE {1} ESCAPE '\\')"
    )
    postgresql = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements({0}) AS c WHERE UPPER(c ->> 'name') LIKE UPPER({1})"
        " OR UPPER(c ->> 'comment') LIKE UPPER({1}))"
    )

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Params]:
        return self._written(compiler, self.sqlite)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Params]:
        return self._written(compiler, self.postgresql)

    def _written(self, compiler: SQLCompiler, shape: str) -> tuple[str, Params]:
        columns, pattern = (compiler.compile(part) for part in self.get_source_expressions())
        return shape.format(columns[0], pattern[0]), (*columns[1], *pattern[1], *pattern[1])


def search_tables(tables: QuerySet[Table], words: str) -> QuerySet[Table]:
    """Those of `tables` in which every word is found. `schema.table` is one word. Control characters part words
    as blanks do; a search of nothing else finds nothing."""
    wanted = words_in(words)
    if not wanted and words.strip(BLANKS):
        return tables.none()
    for word in wanted:
        tables = _written(tables).filter(_named(word) | Q(ColumnHolds(latest("columns"), _pattern(word))))
    return tables


def search_names(tables: QuerySet[Table], words: Sequence[str]) -> QuerySet[Table]:
    """Those of `tables` in whose name or comment every word is found; their columns are not looked at."""
    for word in words:
        tables = _written(tables).filter(_named(word))
    return tables


def search_columns(tables: QuerySet[Table], words: Sequence[str]) -> QuerySet[Table]:
    """Those of `tables` that have a column for each word, with all their columns as `found_columns`; `columns_of` reads
    them."""
    for word in words:
        tables = tables.filter(ColumnHolds(latest("columns"), _pattern(word)))
    return tables.annotate(found_columns=latest("columns"))


def _written(tables: QuerySet[Table]) -> QuerySet[Table]:
    return tables.alias(written=Concat("schema", Value("."), "name"))


def _named(word: str) -> Q:
    return Q(written__icontains=word) | Q(comment__icontains=word)


def columns_that_match(columns: Iterable[Column], words: str) -> list[Column]:
    """The columns in whose name or comment one of the words is found: why a table was found."""
    wanted = [word.casefold() for word in words_in(words)]
    return [
        column
        for column in columns
        if any(word in column.name.casefold() or word in column.comment.casefold() for word in wanted)
    ]


def words_in(words: str) -> list[str]:
    """No name holds a control character, and databases choke on some of them, or end a pattern there."""
    return "".join(" " if category(char) == "Cc" else char for char in words[:LONGEST]).split()


def _pattern(word: str) -> Value:
    escaped = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return Value(f"%{escaped}%")

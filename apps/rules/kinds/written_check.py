"""Whether SQL that a person wrote is one SELECT that only reads, and what its columns are called and hold.

It loads a parser of SQL, so it is imported at its first use: when a rule is saved, or rows that it found are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from apps.common.errors import InvalidInput
from apps.connections.services import EngineError, check_select
from apps.rules.kinds.masking import is_personal
from apps.rules.kinds.written import TABLE

STAND_IN = "midwatch_the_table"  # a name, in place of {table}
WRITES = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock)
OPEN = (exp.Placeholder, exp.Parameter, exp.SessionParameter)
NO_NUMBERS = exp.DataType.TEXT_TYPES | exp.DataType.TEMPORAL_TYPES | {exp.DataType.Type.BOOLEAN}


class Output(NamedTuple):
    """A column that a SELECT gives. `personal`: it is made of one whose name looks personal."""

    name: str
    personal: bool


def check_written(text: str, dialect: str) -> exp.Query:
    """The SELECT that `text` is. Raises InvalidInput where it is more, less, or not to be read."""
    named = text.replace(TABLE, STAND_IN)
    try:
        check_select(sql=named, dialect=dialect)
        words = sqlglot.tokenize(named, dialect=dialect or None)
        found = sqlglot.parse_one(named, dialect=dialect or None)
    except EngineError as error:
        raise InvalidInput(str(error)) from error
    except SqlglotError as error:
        raise InvalidInput(f"This SQL cannot be read. {_first_line(error)}") from error
    except RecursionError as error:
        raise InvalidInput("This SQL has too many brackets within brackets. Write it with fewer.") from error
    if any(word.token_type is TokenType.SEMICOLON for word in words):
        raise InvalidInput("Write one SELECT, without a semicolon.")
    if sum(word.token_type is TokenType.VAR and word.text == STAND_IN for word in words) != text.count(TABLE):
        raise InvalidInput(f"Write {TABLE} where the name of a table stands, not within quotes, names or comments.")
    if not isinstance(found, exp.Query) or next(found.find_all(*WRITES), None):
        raise InvalidInput("Midwatch only reads: write exactly one SELECT.")
    if next(found.find_all(*OPEN), None):
        raise InvalidInput(f"Leave placeholders and variables out; only {TABLE} is filled in.")
    return found


def check_number(text: str, dialect: str) -> None:
    """Raise InvalidInput where it is known not to give one number."""
    found = check_written(text, dialect)
    if len(found.selects) != 1 or has_star(found):
        raise InvalidInput("Let the query give one column with one number, such as SELECT COUNT(*) FROM …")
    given = annotate_types(found.copy(), dialect=dialect or None).selects[0]
    if given.type and given.type.this in NO_NUMBERS:
        kind = given.type.this.value.lower()
        raise InvalidInput(f"The query gives {kind}, where one number is wanted, such as COUNT(*).")


def check_rows(text: str, dialect: str, *, shown: bool) -> None:
    """Raise InvalidInput where its rows cannot be counted, or (`shown`) not be shown."""
    found = check_written(text, dialect)
    if shown and has_star(found):
        raise InvalidInput(
            "Name the columns that are to be shown in place of *: those whose names look personal are masked. "
            "Or set the rows to show (samples) to 0."
        )
    names = [name for name in map(_name, found.selects) if name]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice and not has_star(found):
        raise InvalidInput(f"Two columns of the query are called {twice}. Give one another name with AS.")


def outputs_of(text: str, dialect: str) -> list[Output]:
    """The columns of a SELECT that was checked; without one when they cannot be told."""
    try:
        found = check_written(text, dialect)
    except InvalidInput:
        return []
    personal = _personal_names(found)
    flags = _flags(found, personal)
    names = [_name(select) or f"column {place}" for place, select in enumerate(found.selects, 1)]
    return [] if has_star(found) else [Output(*each) for each in zip(names, flags, strict=True)]


def has_star(query: exp.Query) -> bool:
    """Whether it gives columns that it does not name."""
    if isinstance(query, exp.SetOperation):
        return has_star(query.left) or has_star(query.right)
    return not query.selects or any(
        isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star))
        for each in query.selects
    )


def _personal_names(query: exp.Query) -> set[str]:
    """The names under which a part of it hands on what looks personal: SELECT email AS x, however deep."""
    personal: set[str] = set()
    while True:
        more = {name.lower() for name, made_of in _renamings(query) if _looks_personal(made_of, personal)} - personal
        if not more:
            return personal
        personal |= more


def _renamings(query: exp.Query) -> Iterator[tuple[str, exp.Expr]]:
    for alias in query.find_all(exp.Alias):
        yield alias.alias, alias.this
    for named in query.find_all(exp.TableAlias):
        inner = named.parent.this if named.parent else None
        if named.columns and isinstance(inner, exp.Query):
            yield from ((column.name, made_of) for column, made_of in zip(named.columns, inner.selects, strict=False))


def _name(select: exp.Expr) -> str:
    """What a column is called; empty where it has no name, as COUNT(*) has none."""
    return select.alias_or_name.removesuffix("*")


def _flags(query: exp.Query, personal: set[str]) -> list[bool]:
    """By column, whether it looks personal in any part of a UNION."""
    if isinstance(query, exp.SetOperation):
        both = zip(_flags(query.left, personal), _flags(query.right, personal), strict=False)
        return [one or two for one, two in both]
    return [_looks_personal(select, personal) for select in query.selects]


def _looks_personal(expression: exp.Expr, personal: set[str]) -> bool:
    names = [expression.alias_or_name, *(column.name for column in expression.find_all(exp.Column))]
    return any(is_personal(name) or name.lower() in personal for name in names)


def _first_line(error: SqlglotError) -> str:
    told = getattr(error, "errors", None)
    if not told:
        return "Look for a bracket or a quote that does not end."
    return f"Look at line {told[0].get('line')}, near {str(told[0].get('highlight'))[:40]!r}."

"""Whether a condition that a person wrote is one condition on a row, and nothing more."""

from __future__ import annotations

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from apps.common.errors import InvalidInput

MORE_THAN_A_ROW = (exp.Query, exp.AggFunc, exp.Window, exp.Placeholder, exp.Parameter, exp.Command, exp.DML, exp.DDL)


def check_condition(text: str, dialect: str) -> None:
    """Raise InvalidInput, in words, where `text` is more or less than a condition. `dialect`: sqlglot's name of it."""
    try:
        words = sqlglot.tokenize(text, dialect=dialect or None)
        if any(word.token_type is TokenType.SEMICOLON or word.comments for word in words):
            raise InvalidInput("write one condition, without a semicolon and without comments.")
        found = sqlglot.parse_one(f"SELECT 1 FROM t WHERE ({text})", dialect=dialect or None)  # noqa: S608 (not sent)
        alone = sqlglot.parse_one(text, dialect=dialect or None)
    except SqlglotError as error:
        raise InvalidInput("this cannot be read as a condition, such as status = 'paid'.") from error
    where = found.args.get("where")
    if not isinstance(found, exp.Select) or where is None or not isinstance(where.this, exp.Paren):
        raise InvalidInput("this cannot be read as a condition, such as status = 'paid'.")
    if where.this.this != alone or isinstance(alone, exp.Alias) or set(found.args) - _plain_parts(found):
        raise InvalidInput("write one condition alone, such as status = 'paid'.")
    if next((part for part in alone.walk() if isinstance(part, MORE_THAN_A_ROW)), None) is not None:
        raise InvalidInput(
            "a condition looks at one row: leave out subqueries, totals (COUNT, SUM …) and placeholders."
        )


def _plain_parts(select: exp.Select) -> set[str]:
    """The parts that SELECT 1 FROM t WHERE … has."""
    empty = {name for name, value in select.args.items() if not value}
    return {"expressions", "from", "from_", "where", "kind"} | empty

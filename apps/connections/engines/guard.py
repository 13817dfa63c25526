"""What refuses a statement that is more than one plain SELECT, before it is sent.

The statement's words are looked at, not its meaning: that is quick, and does not depend on whether a parser knows all
of a store's SQL. It stands before a read-only session where there is one, and beside the login's rights where there is
none.
"""

from __future__ import annotations

from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from apps.connections.engines.errors import NotPermitted, QueryFailed

FIRST = {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}
WRITES = {
    TokenType.INTO, TokenType.INSERT, TokenType.UPDATE, TokenType.DELETE, TokenType.MERGE, TokenType.LOCK,
    TokenType.CREATE, TokenType.ALTER, TokenType.DROP, TokenType.TRUNCATE, TokenType.GRANT,
    TokenType.DARROW,  # ->> chains statements in Snowflake
}  # fmt: skip


def only_select(sql: str, dialect: str) -> list[Token]:
    """The words of `sql`, which is one SELECT that neither writes nor locks rows. `dialect` is sqlglot's name of it.

    Raises NotPermitted when it is more than that, QueryFailed when a quote or a comment does not end.
    """
    try:
        words = list(sqlglot.tokenize(sql, dialect=dialect))
    except SqlglotError as error:
        raise QueryFailed("The statement cannot be read: a quote or a comment does not end.") from error
    while words and words[-1].token_type is TokenType.SEMICOLON:
        words.pop()
    kinds = {word.token_type for word in words}
    if not words or words[0].token_type not in FIRST or TokenType.SEMICOLON in kinds:
        raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
    if kinds & WRITES or _shares_a_lock(words):
        raise NotPermitted("Midwatch only reads: a SELECT may not write (INTO) or lock rows (FOR UPDATE, FOR SHARE).")
    # Not every store lets comments stand in comments: what one takes for their end may hide a word from the other.
    if any("/*" in comment for word in words for comment in word.comments):
        raise NotPermitted("Leave comments inside of comments out.")
    return words


def _shares_a_lock(words: list[Token]) -> bool:
    return any(one.token_type is TokenType.FOR and two.text.upper() == "SHARE" for one, two in pairwise(words))

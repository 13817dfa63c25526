"""What a read-only transaction does not stop on MySQL: `INTO OUTFILE` writes a file, and locking reads hold writers up.

The statement's words are looked at, not its meaning: that is quick, and the transaction refuses all else that writes.
Where MySQL could read a text in another way than the tokenizer (comments that it runs, escaped backticks), that text is
refused.
"""

from __future__ import annotations

from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from apps.connections.engines.errors import NotPermitted, QueryFailed

FIRST = {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}
REFUSED = {TokenType.INTO, TokenType.UPDATE, TokenType.DELETE, TokenType.INSERT, TokenType.LOCK}


def check_select(sql: str) -> None:
    """Raises NotPermitted unless `sql` is one SELECT that neither writes a file nor locks rows."""
    try:
        tokens = list(sqlglot.tokenize(sql, dialect="mysql"))
    except SqlglotError as error:
        raise QueryFailed("The statement cannot be read: a quote or a comment does not end.") from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if any(token.comments for token in tokens) or "/*" in sql or "\\`" in sql:
        raise NotPermitted("Leave comments and escaped backticks out: MySQL may run what stands in them.")
    kinds = {token.token_type for token in tokens}
    if not tokens or tokens[0].token_type not in FIRST or TokenType.SEMICOLON in kinds:
        raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
    if kinds & REFUSED or _shares_a_lock(tokens):
        raise NotPermitted("Midwatch only reads: a SELECT may not write (INTO) or lock rows (FOR UPDATE, FOR SHARE).")


def _shares_a_lock(tokens: list[Token]) -> bool:
    return any(one.token_type is TokenType.FOR and two.text.upper() == "SHARE" for one, two in pairwise(tokens))

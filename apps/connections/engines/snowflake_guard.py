"""What keeps a session with Snowflake from writing: it has no read-only sessions, so each statement is looked at.

The least-privilege role of `snowflake_grants` is the other half. A stored procedure in a FROM clause may only read
(page "Selecting from a stored procedure"), a WITH may define one that does anything, and SYSTEM$ functions abort
sessions and cancel statements (page "System functions"); a text can name one of them by IDENTIFIER (page "Literals and
variables as identifiers").
"""

from __future__ import annotations

from sqlglot import TokenType

from apps.connections.engines.errors import NotPermitted
from apps.connections.engines.guard import only_select

CALLS = {"CALL", "PROCEDURE", "IDENTIFIER"}
SYSTEM = "SYSTEM$"


def check_select(sql: str) -> None:
    """Raises NotPermitted unless `sql` is one SELECT that changes nothing."""
    for word in only_select(sql, "snowflake"):
        text = word.text.upper()
        if text.startswith(SYSTEM) and word.token_type is not TokenType.STRING:
            raise NotPermitted(f"Midwatch only reads: leave {word.text} out, as such functions may change things.")
        if text in CALLS and word.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            raise NotPermitted("Midwatch only reads: a SELECT may not call procedures, or name things by IDENTIFIER.")

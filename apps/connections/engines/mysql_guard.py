"""What a read-only transaction does not stop on MySQL: `INTO OUTFILE` writes a file, and locking reads hold writers up.

Where MySQL could read a text in another way than the tokenizer (comments that it runs, escaped backticks), that text is
refused.
"""

from __future__ import annotations

from apps.connections.engines.errors import NotPermitted
from apps.connections.engines.guard import only_select


def check_select(sql: str) -> None:
    """Raises NotPermitted unless `sql` is one SELECT that neither writes a file nor locks rows."""
    words = only_select(sql, "mysql")
    if any(word.comments for word in words) or "/*" in sql or "\\`" in sql:
        raise NotPermitted("Leave comments and escaped backticks out: MySQL may run what stands in them.")

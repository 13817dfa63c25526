"""What each situation is called, explained and ended with: one file per family, one line each; an unforeseen one is
still told."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.situations.channels import CHANNEL
from apps.summaries.situations.connections import BUDGET, CONNECTION
from apps.summaries.situations.faulty import FAULTY
from apps.summaries.situations.flat import FLAT
from apps.summaries.situations.gaps import GAPS
from apps.summaries.situations.midwatch import MIDWATCH
from apps.summaries.situations.number import NUMBER
from apps.summaries.situations.query import QUERY_NUMBER, QUERY_ROWS
from apps.summaries.situations.reconciliation import RECONCILIATION
from apps.summaries.situations.rows import ROWS
from apps.summaries.situations.schema import SCHEMA
from apps.summaries.situations.shape import Details, Situation, no_details, reason_of, segment_of, table_of
from apps.summaries.situations.stale import STALE
from apps.summaries.words import Facts

__all__ = ["SITUATIONS", "Details", "Situation", "segment_of", "situation_of", "table_of"]

OTHER = Situation(
    title=lambda facts: _("{table} needs attention").format(table=table_of(facts)),
    explain=reason_of,
    details=no_details,
    over=lambda facts: _("{table} is fine again").format(table=table_of(facts)),
    returned=lambda facts: _("{table} is fine again.").format(table=table_of(facts)),
)
UNKNOWN = Situation(
    title=lambda facts: _("{table} could not be checked").format(table=table_of(facts)),
    explain=reason_of,
    details=no_details,
    over=lambda facts: _("{table} can be checked again").format(table=table_of(facts)),
    returned=lambda facts: _("{table} can be checked again.").format(table=table_of(facts)),
)
SITUATIONS = {
    "stale": STALE,
    "drop": ROWS,
    "spike": ROWS,
    "schema": SCHEMA,
    "faulty": FAULTY,
    "flat": FLAT,
    "gaps": GAPS,
    "number": NUMBER,
    "query_number": QUERY_NUMBER,
    "query_rows": QUERY_ROWS,
    "reconciliation": RECONCILIATION,
    "unknown": UNKNOWN,
    "connection": CONNECTION,
    "budget": BUDGET,
    "channel": CHANNEL,
    "midwatch": MIDWATCH,
}


def situation_of(facts: Facts) -> Situation:
    """The entry for these facts."""
    return SITUATIONS.get(str(facts.get("situation")), OTHER)

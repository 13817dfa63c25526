"""The days of a table for programs, and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.rules.services import TableDays


def values_of(shown: TableDays) -> dict[str, Any]:
    """Plain values, the same over REST and in the output of the command."""
    found = shown.found
    return {
        "table": str(shown.table),
        "timezone": shown.zone.key,
        "source": shown.source,
        "trust": str(shown.trust),
        "column": shown.column,
        "columns": list(shown.columns),
        "usually_empty": list(found.resting_names),
        "pending_rows": found.pending,
        "days": [
            {
                "day": day.day.isoformat(),
                "state": str(day.state),
                "rows": day.rows,
                "usual": None if day.usual is None else float(day.usual),
                "written_at": day.written_at and day.written_at.isoformat(),
                "reason": day.reason,
            }
            for day in found.days
        ],
    }


def lines_of(shown: TableDays) -> Iterator[str]:
    """A table of the days, and what it says in a sentence."""
    days = [
        (f"{day.day:%a} {day.day}", day.label, f"{day.rows:,}", day.usual_words or "-", day.reason)
        for day in shown.found.days
    ]
    rows = [("DAY", "STATE", "ROWS", "USUAL", "WHY"), *days]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, state, count, usual, why in rows:
        line = f"{name:<{widths[0]}}  {state:<{widths[1]}}  {count:>{widths[2]}}  {usual:>{widths[3]}}  {why}"
        yield line.rstrip()
    yield ""
    yield shown.found.summary(shown.zone)
    yield f"Told by {shown.source} ({shown.trust})."

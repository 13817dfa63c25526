"""What is known of a table in sentences for its page: its size, when it last changed, and what of its columns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common.durations import elapsed_words
from apps.common.sizes import bytes_words
from apps.common.templatetags.midwatch import relative, stamp
from apps.connections.models import Table
from apps.connections.services import Column, Engine, Trust


def size_words(table: Table, engine: type[Engine]) -> str:
    """`1,234 rows and 10.1 MB, by PostgreSQL's own count (estimate).`"""
    rows = [] if table.rows is None else [f"{table.rows:,} {'row' if table.rows == 1 else 'rows'}"]
    size = [] if table.bytes is None else [bytes_words(table.bytes)]
    if not rows and not size:
        return f"{engine.label} does not tell how large this {table.kind} is."
    counted_by = engine.rows_source or f"{engine.label}'s own count"
    source = f"{counted_by}{_trust(engine.rows_trust)}"
    if not engine.bytes_source:
        return f"{' and '.join(rows + size)}, by {source}."
    told = [f"{each}, by {source}" for each in rows] + [f"{each}, by {engine.bytes_source}" for each in size]
    return f"{', and '.join(told)}."


def unchanged_words(columns: Collection[Column]) -> str:
    """What to say of columns in which no change was noticed."""
    if not columns:
        return "Its columns were never read, so no change of them is known."
    return "Its columns are what they were when Midwatch first read them."


def change_words(table: Table, engine: type[Engine]) -> str | SafeString:
    """When the table last changed, as far as the store tells without a column."""
    if table.gone_at:
        return format_html("It is no longer there: that was noticed {}.", relative(table.gone_at))
    compares = table.writes is not None or bool(table.fingerprint)
    if not compares and table.changed_at is None:
        return _untold(table, engine)
    source = f"{engine.change_source}{_trust(engine.change_trust)}"
    if table.changed_at is None:
        return format_html(
            "No change was noticed since {}, when the watch over it began, by {}.", stamp(table.watched_since), source
        )
    words = format_html("It last changed {}, by {}.", relative(table.changed_at), source)
    return format_html("{} {}", words, rhythm) if (rhythm := _rhythm(table, table.changed_at)) else words


def _untold(table: Table, engine: type[Engine]) -> str:
    if engine.change_source and not engine.look_counts_writes and table.kind == "table":
        return "Whether it changes is looked at as soon as a rule without a timestamp column watches it."
    return f"{engine.label} does not tell when this {table.kind} changes: a rule on it needs a timestamp column."


def _rhythm(table: Table, last: datetime) -> str | SafeString:
    """How often changes were noticed; empty with less than two."""
    if table.changes < 2 or last <= table.watched_since:
        return ""
    every = elapsed_words((last - table.watched_since) / table.changes)
    return format_html(
        "{} changes were noticed since {}: about one every {}.", f"{table.changes:,}", stamp(table.watched_since), every
    )


def _trust(trust: Trust) -> str:
    return "" if trust is Trust.EXACT else f" ({trust})"

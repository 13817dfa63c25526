"""Rules for what columns hold, from what they have held so far. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from apps.common.records import record
from apps.connections.services import Column
from apps.rules.limits import count_words
from apps.rules.suggest.proposal import Proposal
from apps.rules.suggest.signs import words_of

FEW = 12  # different values, up to which a column seems to hold a status or a sort
ENOUGH = 100  # rows, from which "never" says something
MOST_NULLS = 10  # columns of a table that get a rule for missing values
KEYS = frozenset({"id", "key", "uuid", "guid", "number", "no", "ref", "reference", "sku", "code"})


@record
class ColumnFacts:
    """How many rows have a value, how many values differ (None: not counted), and which they are where they are few."""

    column: Column
    filled: int
    different: int | None = None
    values: tuple[Any, ...] = ()


@record
class TableFacts:
    rows: int
    columns: Sequence[ColumnFacts] = ()


def value_rules(facts: TableFacts) -> list[Proposal]:
    """In the order of the columns: keys first, then lists of values, then columns that were always filled."""
    if facts.rows < ENOUGH:
        return []
    filled = [each for each in facts.columns if each.filled == facts.rows and each.column.nullable]
    return [
        *_keys(facts),
        *_lists(facts),
        *(
            Proposal(
                "nulls",
                f"None of its {count_words(facts.rows)} lacks it so far, and the data store would let one.",
                {"column": each.column.name},
                of=each.column.name,
            )
            for each in filled[:MOST_NULLS]
        ),
    ]


def _keys(facts: TableFacts) -> Iterator[Proposal]:
    for each in facts.columns:
        if each.different == each.filled == facts.rows and _is_key(each):
            why = f"All {count_words(facts.rows)} differ in it, and it is named like a key."
            yield Proposal("unique", why, {"columns": [each.column.name]}, of=each.column.name)


def _lists(facts: TableFacts) -> Iterator[Proposal]:
    for each in facts.columns:
        texts = [value for value in each.values if isinstance(value, str) and value.strip()]
        if 2 <= len(texts) == len(each.values) <= FEW:
            why = f"It holds {len(texts)} different values in {count_words(facts.rows)}."
            yield Proposal("values", why, {"column": each.column.name, "accept": texts}, of=each.column.name)


def _is_key(facts: ColumnFacts) -> bool:
    words = words_of(facts.column.name)
    return bool(words) and words[-1] in KEYS

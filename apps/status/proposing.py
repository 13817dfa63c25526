"""A status page to begin with: one product per tag where the rules of the team have tags, else one per schema, else,
where there is only one of those, one per table. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from apps.common.records import record

K = TypeVar("K")
MOST = 12
TAGGED = 0.5  # the share of rules with tags from which on these are taken for how people think of the data


@record
class Proposed:
    """A product: its name, and the tags or patterns that make it up."""

    name: str
    tags: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


def propose(tags: Sequence[Sequence[str]], tables: Iterable[tuple[str, str]]) -> list[Proposed]:
    """The products, those with the most rules first; `tags` are those of each rule, `tables` has schema and name of
    each table of each rule."""
    tagged = sum(bool(each) for each in tags)
    if tags and tagged >= TAGGED * len(tags):
        counted = Counter(tag for each in tags for tag in each)
        return [Proposed(_name(tag), tags=(tag,)) for tag, _ in _most(counted)]
    counted_tables = Counter(tables)
    schemas = Counter(schema for schema, _ in counted_tables.elements())
    if len(schemas) == 1:
        return [Proposed(_name(name), tables=(f"{schema}.{name}",)) for (schema, name), _ in _most(counted_tables)]
    return [Proposed(_name(schema), tables=(f"{schema}.*",)) for schema, _ in _most(schemas)]


def _most(counted: Counter[K]) -> list[tuple[K, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:MOST]


def _name(word: str) -> str:
    """`order_items` as readers would write it: `Order items`."""
    words = " ".join(word.replace("_", " ").replace("-", " ").split()) or word
    return (words[:1].upper() + words[1:])[:100]

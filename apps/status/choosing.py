"""What belongs to a product: rules, tables and incidents. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from apps.common.records import record

NO_TABLE = "(?!)"  # matches nothing


@record
class Watched:
    """A rule on a table, as it stands now. `first`: when it was first judged. `loaded_at`: the last known change of
    the table. `unit` tells what kind of trouble the rule finds."""

    rule_id: int
    connection_id: int
    table: str
    unit: str
    tags: Sequence[str]
    paused: bool
    verdict: str
    last_check_at: datetime | None
    first: datetime | None
    loaded_at: datetime | None


class Bout(NamedTuple):
    """A time in which an incident lasted; `end` is None while it does. `taken`: somebody has it."""

    pk: int
    start: datetime
    end: datetime | None
    taken: bool = False


@record
class Trouble:
    """All that was wrong with one thing in the same way, incident after incident. `unknown`: not the data were bad, but
    they could not be checked."""

    rule_id: int | None
    connection_id: int | None
    table: str
    tags: Sequence[str]
    unit: str
    unknown: bool
    bouts: Sequence[Bout]


@record
class Choice:
    """What a product is made of, as people chose it."""

    rules: frozenset[int]
    tables: Sequence[str]
    tags: frozenset[str]

    def has_rule(self, rule_id: int | None, tags: Collection[str]) -> bool:
        return rule_id in self.rules or not self.tags.isdisjoint(tags)

    def has_table(self, table: str) -> bool:
        return bool(table) and bool(_matcher(tuple(self.tables))(table))


@lru_cache(maxsize=1_000)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """One expression for all patterns: thousands of tables are held against each product, one after the other."""
    return re.compile("|".join(map(translate, patterns)) or NO_TABLE).match


def watched_by(choice: Choice, watched: Iterable[Watched]) -> list[Watched]:
    """The rules on tables that belong to the product."""
    return [each for each in watched if choice.has_rule(each.rule_id, each.tags) or choice.has_table(each.table)]


def troubles_of(choice: Choice, mine: Iterable[Watched], troubles: Iterable[Trouble]) -> list[Trouble]:
    """The troubles that belong to it: of its rules (also by the tags they had), on its tables, and those of the
    connections that its rules look at."""
    rules = choice.rules | {each.rule_id for each in mine if choice.has_rule(each.rule_id, each.tags)}
    connections = {each.connection_id for each in mine}
    return [
        each
        for each in troubles
        if (each.connection_id in connections if each.rule_id is None else each.rule_id in rules)
        or not choice.tags.isdisjoint(each.tags)
        or choice.has_table(each.table)
    ]

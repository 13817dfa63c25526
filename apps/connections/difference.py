"""What differs between two snapshots of columns, and between two lists of tables. Pure.

Names of columns are unique within a table, and upper and lower case count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from apps.common.records import record
from apps.connections.engines.contract import Column
from apps.connections.names import TableName
from apps.connections.widening import is_widened

NOTHING = Column("", "")
NO_TYPE = "no type"
Aspect = Literal["added", "removed", "renamed", "moved", "type", "widened", "nullable", "partition", "comment"]


@record
class ColumnChange:
    """One thing that happened to a column. `before` is None where it was added, `after` where it was removed.

    `place` is its place among the columns now, from 1; for a removed one, where it stood.
    """

    aspect: Aspect
    before: Column | None
    after: Column | None
    place: int

    @property
    def column(self) -> str:
        """The name of the column, as it is now."""
        return (self.after or self.before or NOTHING).name

    @property
    def sentence(self) -> str:
        return _words(self.aspect, self.before or NOTHING, self.after or NOTHING, self.place)


def difference(before: Sequence[Column], after: Sequence[Column]) -> tuple[ColumnChange, ...]:
    """Every change from `before` to `after`, column by column in the order of `after`, removed ones last."""
    old, new = {column.name: column for column in before}, {column.name: column for column in after}
    renamed = _renamed(before, after, old, new)
    origin = {name: name for name in new if name in old} | {now: then for then, now in renamed.items()}
    moved = _moved([origin[column.name] for column in after if column.name in origin], before)
    changes: list[ColumnChange] = []
    for place, column in enumerate(after, start=1):
        if column.name not in origin:
            changes.append(ColumnChange("added", None, column, place))
            continue
        then = old[origin[column.name]]
        changes += [ColumnChange(aspect, then, column, place)
                    for aspect in _aspects(then, column, moved=then.name in moved)]  # fmt: skip
    kept = set(origin.values())
    gone = [(place, column) for place, column in enumerate(before, start=1) if column.name not in kept]
    return (*changes, *(ColumnChange("removed", column, None, place) for place, column in gone))


def apply(before: Sequence[Column], changes: Iterable[ColumnChange]) -> tuple[Column, ...]:
    """What `before` becomes by `changes`."""
    now: dict[str, Column] = {}
    placed: dict[int, Column] = {}
    out = set()
    for change in changes:
        if change.before is not None and change.aspect in ("removed", "moved"):
            out.add(change.before.name)
        if change.after is not None and change.aspect in ("added", "moved"):
            placed[change.place] = change.after
        if change.before is not None and change.after is not None:
            now[change.before.name] = change.after
    columns = [now.get(column.name, column) for column in before if column.name not in out]
    for place in sorted(placed):
        columns.insert(place - 1, placed[place])
    return tuple(columns)


def _renamed(
    before: Sequence[Column], after: Sequence[Column], old: Mapping[str, Column], new: Mapping[str, Column]
) -> dict[str, str]:
    """Old name → new name, where a column went and another of the same type, nullability and comment stands in its very
    place. Anything less certain is a removed and an added one."""
    return {
        then.name: now.name
        for then, now in zip(before, after, strict=False)
        if then.name not in new and now.name not in old and then._replace(name=now.name) == now
    }


def _moved(order: Sequence[str], before: Sequence[Column]) -> set[str]:
    """The fewest columns that have to be moved to come from their places in `before` to `order`."""
    places = {column.name: place for place, column in enumerate(before)}
    tails: list[int] = []  # the smallest end of a rising run of each length
    chains: list[tuple[str, ...]] = []
    for name in order:
        length = bisect_left(tails, places[name])
        chain = (*(chains[length - 1] if length else ()), name)
        tails[length : length + 1] = [places[name]]
        chains[length : length + 1] = [chain]
    return set(order) - set(chains[-1] if chains else ())


def _aspects(then: Column, now: Column, *, moved: bool) -> list[Aspect]:
    found: list[Aspect] = []
    if then.name != now.name:
        found.append("renamed")
    if then.type != now.type or then.time != now.time:
        found.append("widened" if is_widened(then.type, now.type) else "type")
    if then.nullable != now.nullable:
        found.append("nullable")
    if then.partition != now.partition:
        found.append("partition")
    if then.comment != now.comment:
        found.append("comment")
    if moved:
        found.append("moved")
    return found


def _words(aspect: Aspect, then: Column, now: Column, place: int) -> str:
    match aspect:
        case "added":
            return f"Column {_typed(now)} was added."
        case "removed":
            return f"Column {_typed(then)} was removed."
        case "renamed":
            return f"Column {then.name} was renamed to {now.name}."
        case "moved":
            return f"Column {now.name} is in place {place} now."
        case "type" | "widened":
            wider = " (wider)" if aspect == "widened" else ""
            return f"Column {now.name} changed from {then.type or NO_TYPE} to {now.type or NO_TYPE}{wider}."
        case "nullable":
            return f"Column {now.name} may {'be empty now' if now.nullable else 'no longer be empty'}."
        case "partition":
            return f"The table is {'now' if now.partition else 'no longer'} stored in parts by column {now.name}."
        case "comment":
            return comment_words(f"column {now.name}", then.comment, now.comment)


def comment_words(what: str, then: str, now: str) -> str:
    """How a sentence tells that the comment of `what` (“column amount”) changed."""
    if then and now:
        return f"The comment of {what} changed from “{then}” to “{now}”."
    return f"A comment was added to {what}: “{now}”." if now else f"The comment of {what} was removed: “{then}”."


def _typed(column: Column) -> str:
    return f"{column.name} ({column.type})" if column.type else column.name


class TableSeen(NamedTuple):
    """A table in a list of tables. `identity` names the physical table where the store tells one."""

    name: TableName
    kind: str
    identity: str = ""


@record
class TableChange:
    """A table that appeared, vanished or was renamed, as it is now or was last; and what it was `former`ly."""

    aspect: Literal["appeared", "vanished", "renamed"]
    table: TableSeen
    former: TableSeen | None = None

    @property
    def sentence(self) -> str:
        if self.former is not None:
            return f"The {self.table.kind} {self.former.name} was renamed to {self.table.name}."
        return f"The {self.table.kind} {self.table.name} {self.aspect}."


def table_difference(before: Collection[TableSeen], after: Collection[TableSeen]) -> tuple[TableChange, ...]:
    """The tables that were renamed, appeared and vanished, each by name."""
    there, here = {table.name for table in before}, {table.name for table in after}
    return pair_up([t for t in before if t.name not in here], [t for t in after if t.name not in there])


def pair_up(vanished: Collection[TableSeen], appeared: Collection[TableSeen]) -> tuple[TableChange, ...]:
    """A table that vanished and one that appeared are one renamed table, when no other has their identity."""
    old, new = _by_identity(vanished), _by_identity(appeared)
    former = {new[key]: old[key] for key in old if key in new and old[key].name != new[key].name}
    done = {*former, *former.values()}
    return (
        *(TableChange("renamed", table, former[table]) for table in sorted(former)),
        *(TableChange("appeared", table) for table in sorted(appeared) if table not in done),
        *(TableChange("vanished", table) for table in sorted(vanished) if table not in done),
    )


def _by_identity(tables: Iterable[TableSeen]) -> dict[tuple[str, str], TableSeen]:
    """The tables that alone have their identity."""
    found: dict[tuple[str, str], list[TableSeen]] = {}
    for table in tables:
        if table.identity:
            found.setdefault((table.kind, table.identity), []).append(table)
    return {key: same[0] for key, same in found.items() if len(same) == 1}

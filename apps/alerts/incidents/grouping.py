"""One cause, one incident: which incident a new one becomes part of. Pure.

In this order: a rule failed on the same table; the connection cannot be checked at all; a table that feeds this one is
broken; something of the same kind broke on the same connection minutes ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from apps.alerts.models import Merge
from apps.common.records import record

WINDOW = timedelta(minutes=10)  # what breaks within it on one connection is probably related
CAUSE_WITHIN = timedelta(hours=24)  # a table upstream that broke longer ago is no likely cause
HOPS = 5
# The parts of these merges are one trouble with their lead: it is over when all of them are. Those of the others are
# consequences, which are looked at again when the lead is over.
ONE_TROUBLE = (Merge.TABLE, Merge.RELATED, Merge.PERSON)

Place = tuple[int, str]  # connection and table


@record
class Case:
    """An unresolved incident, as grouping sees it. `whole`: it is about its connection as such."""

    number: int
    lead: int
    connection_id: int | None
    table: str
    kind: str
    opened_at: datetime
    blind: bool = False
    whole: bool = False
    apart: bool = False


def home_of(
    case: Case, others: Sequence[Case], feeds: Mapping[Place, Sequence[Place]], now: datetime
) -> tuple[int, Merge] | None:
    """The number of the lead that `case` becomes part of, and why; None when it stands by itself.

    `others` are the unresolved incidents of the same team, and `feeds` names the tables that feed each table.
    """
    if case.apart or case.connection_id is None or case.whole:
        return None
    near = [other for other in others if other.connection_id == case.connection_id and other.number != case.number]
    return (
        _first(near, Merge.TABLE, lambda other: bool(case.table) and other.table == case.table)
        or _first(near, Merge.CONNECTION, lambda other: case.blind and other.whole)
        or _upstream(case, others, feeds, now)
        or _first(near, Merge.RELATED, lambda other: _related(case, other, now))
    )


def consequences(
    root: Case, others: Sequence[Case], feeds: Mapping[Place, Sequence[Place]], now: datetime
) -> list[int]:
    """What a new incident turns out to be the cause of: the leads of tables that it feeds, or, of a connection, what
    could not be checked on it."""
    if root.whole:
        near = [row for row in others if row.connection_id == root.connection_id and row.blind and not row.apart]
        leads = {row.number for row in near if row.number == row.lead}
        return [row.number for row in near if row.lead in leads]
    if root.connection_id is None or not root.table:
        return []
    place = (root.connection_id, root.table)
    return [
        other.number
        for other in others
        if other.number == other.lead != root.lead
        and not other.apart
        and now - other.opened_at <= CAUSE_WITHIN
        and place in _ancestors(other, feeds)
    ]


def _related(case: Case, other: Case, now: datetime) -> bool:
    if other.number != other.lead or other.apart or other.whole or other.blind != case.blind:
        return False
    return other.kind == case.kind and now - other.opened_at <= WINDOW


def _first(others: Sequence[Case], merge: Merge, fits: Callable[[Case], bool]) -> tuple[int, Merge] | None:
    return next(((other.lead, merge) for other in others if fits(other)), None)


def _upstream(
    case: Case, others: Sequence[Case], feeds: Mapping[Place, Sequence[Place]], now: datetime
) -> tuple[int, Merge] | None:
    """The farthest table upstream that is broken."""
    ancestors = _ancestors(case, feeds)
    if not ancestors:
        return None
    broken = {
        (other.connection_id, other.table): other.lead
        for other in others
        if other.table and other.connection_id is not None and now - other.opened_at <= CAUSE_WITHIN
    }
    causes = [broken[place] for place in ancestors if place in broken]
    causes = [lead for lead in causes if lead != case.number]
    return (causes[-1], Merge.UPSTREAM) if causes else None


def _ancestors(case: Case, feeds: Mapping[Place, Sequence[Place]]) -> list[Place]:
    """The tables upstream, the nearest first, at most five hops away. Circles are walked once."""
    if case.connection_id is None or not case.table:
        return []
    start = (case.connection_id, case.table)
    seen, edge = {start}, [start]
    found: list[Place] = []
    for _ in range(HOPS):
        edge = [place for table in edge for place in feeds.get(table, ()) if place not in seen]
        edge = list(dict.fromkeys(edge))
        seen |= set(edge)
        found += edge
    return found

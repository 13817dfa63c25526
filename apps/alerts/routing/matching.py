"""Which route an incident takes: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from apps.common.records import record


class Routed(Protocol):
    """What routes look at."""

    severity: str
    tags: list[str]
    owner: str
    table: str


@record
class RouteValues:
    """A route with whom it tells now, by number. `people` includes whoever is on duty."""

    name: str
    severities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    escalation_id: int | None = None


def route_for(incident: Routed, routes: Sequence[RouteValues]) -> RouteValues | None:
    """The first route that matches; None when none does."""
    return next((route for route in routes if matches(incident, route)), None)


def matches(incident: Routed, route: RouteValues) -> bool:
    """Whether all that the route asks for holds. What it leaves empty, it does not ask for.

    Tags and mail addresses are the same however they are capitalised; names of tables are not.
    """
    return (
        (not route.severities or incident.severity in route.severities)
        and (not route.tags or not _folded(route.tags).isdisjoint(_folded(incident.tags)))
        and (not route.owners or incident.owner.casefold() in _folded(route.owners))
        and (not route.tables or any(fnmatchcase(incident.table, pattern) for pattern in route.tables))
    )


def _folded(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}

"""The order in which transactions lock, so that none waits for another in a circle (PostgreSQL; SQLite has one writer).

    the team's row  →  states of rules  →  THE INCIDENTS OF A TEAM  →  incidents  →  channels  →  deliveries

Whoever changes incidents, their parts or their roll-ups takes the incidents of the team as one: a lock that is no row,
so that nobody who only refers to the team waits for it. It lasts until the transaction ends. Under it incidents may be
locked in any order: a report that finds a lead late, a person who merges, and an act that time brings about come one
after the other. Rows are locked without their keys (`no_key`), so that a line or a message that refers to one waits for
nobody. What dispatchers lock beside are single deliveries, and none of them waits for an incident's lock with one in
hand that such a transaction wants.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

INCIDENTS = 1_297_302_605  # any number that nothing else in this database uses for locks of its own


def hold(teams: Collection[int]) -> None:
    """Wait until nobody else changes the incidents of these teams, and keep them until the transaction ends."""
    if not needed():
        return
    with connection.cursor() as cursor:
        for team in sorted(set(teams)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [INCIDENTS, team])


def try_hold(teams: Collection[int]) -> set[int]:
    """Those of the teams whose incidents nobody else is changing; they are kept until the transaction ends."""
    if not needed():
        return set(teams)
    got = set()
    with connection.cursor() as cursor:
        for team in sorted(set(teams)):
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [INCIDENTS, team])
            got |= {team} if cursor.fetchone()[0] else set()
    return got


def needed() -> bool:
    """Whether several transactions can write at the same time."""
    return connection.vendor == "postgresql"

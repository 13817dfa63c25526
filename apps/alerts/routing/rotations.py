"""Whose week it is in a rotation: pure.

A week begins at the handover, on the weekday of the first day, by the clocks of the rotation's own time zone: it is an
hour shorter or longer where they are changed. A handover at a time that the clocks skip comes as much later; one at a
time that they show twice comes the first time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record

WEEK = timedelta(days=7)


@record
class Turn:
    """One week. `person` is the number of the user who is on duty; None where nobody of the rotation is left."""

    person: int | None
    begins: datetime
    ends: datetime


def on_duty(
    *,
    starts_on: date,
    handover: time,
    timezone: str,
    members: Sequence[int],
    at: datetime,
    gone: Collection[int] = (),
) -> int | None:
    """The user whose week it is at `at`; None before the first week, and where nobody is left.

    The week of somebody who is `gone` is taken by the next one, so that nobody else's weeks move.
    """
    number = _number(starts_on, handover, ZoneInfo(timezone), at)
    return _person(members, gone, number) if number >= 0 else None


def turns(
    *,
    starts_on: date,
    handover: time,
    timezone: str,
    members: Sequence[int],
    at: datetime,
    gone: Collection[int] = (),
    count: int = 5,
) -> list[Turn]:
    """The week at `at` (before the first one: the first) and those that follow, `count` in all."""
    zone = ZoneInfo(timezone)
    first = max(_number(starts_on, handover, zone, at), 0)
    return [
        Turn(
            person=_person(members, gone, number),
            begins=_beginning(starts_on, handover, zone, number),
            ends=_beginning(starts_on, handover, zone, number + 1),
        )
        for number in range(first, first + count)
    ]


def _person(members: Sequence[int], gone: Collection[int], number: int) -> int | None:
    if not members:
        return None
    place = number % len(members)
    return next((person for person in (*members[place:], *members[:place]) if person not in gone), None)


def _number(starts_on: date, handover: time, zone: ZoneInfo, at: datetime) -> int:
    """How many weeks have passed at `at`; negative before the first."""
    number = (at.astimezone(zone).date() - starts_on) // WEEK
    return number if _beginning(starts_on, handover, zone, number) <= at else number - 1


def _beginning(starts_on: date, handover: time, zone: ZoneInfo, number: int) -> datetime:
    """In UTC, since two times of one zone would be compared by what their clocks show."""
    return datetime.combine(starts_on + number * WEEK, handover, zone).astimezone(UTC)

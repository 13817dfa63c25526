"""Months of a zone, by the clocks there."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.common.walltime import midnight


@record
class Month:
    """The month that holds `first`, its first day."""

    first: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """When the next one begins."""
        return self.following.begins

    @property
    def before(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1), self.zone)

    @property
    def following(self) -> Month:
        return Month((self.first + timedelta(days=31)).replace(day=1), self.zone)

    @property
    def key(self) -> str:
        """`2026-11`, as addresses write it."""
        return f"{self.first:%Y-%m}"

    def __str__(self) -> str:
        """`November 2026`"""
        return f"{self.first:%B %Y}"


def month_of(moment: datetime, zone: ZoneInfo) -> Month:
    return Month(moment.astimezone(zone).date().replace(day=1), zone)


def read_month(text: str, zone: ZoneInfo, now: datetime) -> Month:
    """`2026-11`; empty: the present month. Raises InvalidInput."""
    if not text:
        return month_of(now, zone)
    match = re.fullmatch(r"(2\d{3})-(0[1-9]|1[0-2])", text)
    if not match:
        raise InvalidInput(f"{text!r} is no month; write it such as 2026-11.", field="month")
    return Month(date(int(match[1]), int(match[2]), 1), zone)

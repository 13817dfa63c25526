"""Moments as JSON keeps them and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON keeps it, in UTC."""
    return moment.astimezone(UTC).isoformat() if moment else None


def from_iso(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """`4 Mar 2026, 02:00 (Europe/Berlin)`, as messages write it."""
    return f"{day_words(moment, zone)}, {moment.astimezone(zone):%H:%M} ({zone.key})"


def day_words(moment: datetime, zone: ZoneInfo) -> str:
    """`4 Mar 2026`"""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y}"

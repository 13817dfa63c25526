"""What silences do, in sentences that anyone understands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.alerts.silences.recurring import MINUTE, Window, next_span, open_at

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORKING_DAYS, WEEKEND, ALL_DAYS = (0, 1, 2, 3, 4), (5, 6), (0, 1, 2, 3, 4, 5, 6)


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """`21 Nov 2026, 06:10 (Europe/Berlin)`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} ({zone})"


def window_sentence(window: Window, now: datetime) -> str:
    """When a silence holds, such as `Every Sunday 02:00–04:00 (Europe/Berlin), next: 22 Nov 2026, 02:00.`"""
    if not window.recurs:
        return _once(window, now)
    wall = datetime.combine(now.date(), window.begins)
    end = wall + window.minutes * MINUTE
    later = (end.date() - wall.date()).days
    over = "" if not later else " the next day" if later == 1 else f" {later} days later"
    head = f"{_days(window.weekdays)} {wall:%H:%M}–{end:%H:%M}{over} ({window.zone})"
    last = f" The last time before {moment_words(window.ends_at, window.zone)}." if window.ends_at else ""
    if span := open_at(window, now):
        until = f" until {_short(span.end, window.zone)}" if span.end else ""
        return f"{head}; it holds now{until}.{last}"
    span = next_span(window, now)
    return f"{head}, next: {_short(span.start, window.zone)}.{last}" if span else f"{head}; it does not come any more."


def _once(window: Window, now: datetime) -> str:
    start, end = moment_words(window.starts_at, window.zone), window.ends_at
    if end is not None and end <= now:
        return f"It ended {moment_words(end, window.zone)}."
    begins = "From now on" if window.starts_at <= now else f"From {start}"
    return f"{begins} until {moment_words(end, window.zone)}." if end else f"{begins} until somebody ends it."


def scope_sentence(
    *, team: str, rule: str = "", connection: str = "", tables: Sequence[str] = (), tags: Sequence[str] = ()
) -> str:
    """What a silence covers, such as `It covers the rule “Orders keep arriving”.`"""
    parts = [f"on the connection {connection}"] if connection else []
    parts += [f"in tables like {_listed(tables, 'or')}"] if tables else []
    parts += [f"of rules with the tag {_listed(tags, 'or')}"] if tags else []
    if not parts and not rule:
        return f"It covers everything that the team {team} watches."
    return f"It covers {' '.join([f'the rule “{rule}”' if rule else 'everything', *parts])}."


def _days(weekdays: Sequence[int]) -> str:
    days = tuple(sorted(weekdays))
    if days == ALL_DAYS:
        return "Every day"
    if days == WORKING_DAYS:
        return "Every working day (Monday to Friday)"
    if days == WEEKEND:
        return "Every Saturday and Sunday"
    return f"Every {_listed([DAYS[day] for day in days], 'and')}"


def _short(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%b %Y, %H:%M}"


def _listed(words: Sequence[str], link: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {link} {words[-1]}"

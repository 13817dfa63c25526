"""How a status page says things: plain words for readers who know nothing of rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.common.durations import elapsed_words
from apps.status.sla import Share


class State(StrEnum):
    """How a product stands, in the order in which it matters to readers."""

    DOWN = "down"
    UNKNOWN = "unknown"
    LEARNING = "learning"
    PAUSED = "paused"
    EMPTY = "empty"
    OK = "ok"


# By what a kind of rule measures in.
TROUBLES = {"seconds": "late", "rows": "unusual in size", "columns": "changed in its structure"}
WRONG = "not right"
LABELS = {
    State.UNKNOWN: "Could not be checked",
    State.LEARNING: "Learning what is usual",
    State.PAUSED: "Not checked at present",
    State.EMPTY: "Not checked yet",
    State.OK: "Up to date",
}
ON_IT = "; the team is on it"


def trouble_words(units: Iterable[str]) -> str:
    """`late`, `late and not right`: what is wrong, by the units of the rules that found it."""
    return listed(list(dict.fromkeys(TROUBLES.get(unit, WRONG) for unit in sorted(units, reverse=True))))


def label(state: State, trouble: str) -> str:
    """`Up to date`, `Late`: the state of a product by itself."""
    words = LABELS.get(state) or trouble
    return words[:1].upper() + words[1:]


def moment_words(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`06:10 CET` today, `20 Nov, 06:10 CET` this year, else `20 Nov 2025, 06:10 CET`."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M %Z}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M %Z}"


def span_words(start: datetime, end: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """`since 06:10 CET (40 min)`, `20 Nov, 06:10 CET to 20 Nov, 07:40 CET (1 h 30 min)`."""
    begins = moment_words(start, zone, now)
    if end is None:
        return f"since {begins} ({elapsed_words(now - start)})"
    return f"{begins} to {moment_words(end, zone, now)} ({elapsed_words(end - start)})"


def page_sentence(products: Sequence[tuple[str, State, str, str]], *, taken: bool) -> str:
    """The one sentence. `products`: name, state, what is wrong, since when (in words)."""
    broken = [each for each in products if each[1] is State.DOWN]
    unchecked = [each for each in products if each[1] is State.UNKNOWN]
    idle = [each for each in products if each[1] in (State.LEARNING, State.PAUSED, State.EMPTY)]
    if broken:
        name, _, trouble, since = broken[0]
        more = f", and {_count(len(broken) - 1)} trouble as well" if len(broken) > 1 else ""
        return f"{name} is {trouble} since {since}{more}{ON_IT if taken else ''}."
    if unchecked:
        name, _, _, since = unchecked[0]
        others = f" and {len(unchecked) - 1} more" if len(unchecked) > 1 else ""
        return f"{name}{others} could not be checked since {since}; nothing else is known to be wrong."
    if len(idle) == len(products):
        return "Nothing is checked yet." if products else "This page shows no data yet."
    if idle:
        names = listed([name for name, *_ in idle])
        return f"All data that is checked is up to date. {names} {'is' if len(idle) == 1 else 'are'} not checked now."
    return "All data is up to date."


def day_words(day: date, share: Share) -> str:
    """`21 Nov: trouble for 2 h 10 min, could not be checked for 5 min`."""
    parts = [f"trouble for {elapsed_words(share.down)}"] if share.down else []
    parts += [f"could not be checked for {elapsed_words(share.unknown)}"] if share.unknown else []
    if not parts:
        parts = ["fine"] if share.good else ["not checked"]
    return f"{day.day} {day:%b}: {', '.join(parts)}"


def day_state(share: Share) -> str:
    """The colour of a day: `down` with any trouble, `unknown`, `ok`, or `none` where nothing was checked."""
    if share.down:
        return "down"
    return "unknown" if share.unknown else "ok" if share.good else "none"


def percent_words(percent: Decimal | None) -> str:
    """`99.52 %`, `100 %`; a dash where nothing is known."""
    return "–" if percent is None else f"{percent.normalize():f} %"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _count(number: int) -> str:
    return "1 more has" if number == 1 else f"{number} more have"

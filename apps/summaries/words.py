"""Values as people read them: one line, thousands separators, units, local times with their zone."""

from __future__ import annotations

import math
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.common.durations import elapsed_parts, limit_part
from apps.summaries.language import Pair, gettext_noop, is_english, ngettext, ngettext_lazy, npgettext, pgettext, spoken
from apps.summaries.language import gettext as _

Facts = Mapping[str, Any]
MONTHS = (
    gettext_noop("Jan"), gettext_noop("Feb"), gettext_noop("Mar"), gettext_noop("Apr"),
    gettext_noop("May"), gettext_noop("Jun"), gettext_noop("Jul"), gettext_noop("Aug"),
    gettext_noop("Sep"), gettext_noop("Oct"), gettext_noop("Nov"), gettext_noop("Dec"),
)  # fmt: skip
# The words of values that come from elsewhere.
LABELS = (gettext_noop("Critical"), gettext_noop("High"), gettext_noop("Medium"), gettext_noop("Low"))
SMALL_LABELS = (gettext_noop("critical"), gettext_noop("high"), gettext_noop("medium"), gettext_noop("low"))
ROWS = ngettext_lazy("{number} row", "{number} rows")
UNITS = {"s": gettext_noop("{number} s"), "m": gettext_noop("{number} min"), "h": gettext_noop("{number} h")}


def clean(value: Any, limit: int) -> str:
    """`value` as one line of at most `limit` printable characters; what is cut off ends in an ellipsis.

    Line breaks and invisible characters become spaces: names come from other people's databases, and the text goes
    into mail headers.
    """
    text = "" if value is None else str(value)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """`text` with a full stop at its end. Its start stays as it is: it may be the name of a table."""
    return text if not text or text[-1] in ".!?…" else f"{text}."


def capital(text: str) -> str:
    """`text` with a capital at its start."""
    return f"{text[:1].upper()}{text[1:]}"


def capitalised(text: str) -> str:
    """As `capital`; in English, which has capitals in names alone, the rest in small letters."""
    return text.capitalize() if is_english() else capital(text)


def count(value: float, noun: str) -> str:
    """`1,204 rows`, `1 row`, `800.5 rows` in English: the plural is made by an `s`."""
    amount = _amount(value)
    return f"{amount} {noun}" if amount == "1" else f"{amount} {noun}s"


def counted(value: float, forms: Pair, **values: object) -> str:
    """A number in one of both forms, which hold `{number}`: `1,204 rows`, `1 row`, `800.5 rows`."""
    amount = _amount(value)
    number = 1 if amount == "1" else 2 if "." in amount else round(value)
    return ngettext(*forms, number).format(number=figure(amount), **values)


def rows_of(value: float) -> str:
    """`1,204 rows`."""
    return counted(value, ROWS)


def _amount(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def figure(number: str) -> str:
    """A number that was written the English way, `1,204.5`, with the marks of the language."""
    if is_english():
        return number
    # Translators: the mark between the thousands of a number, and the one before its decimals.
    marks = {ord(","): pgettext("thousands", ","), ord("."): pgettext("decimals", ".")}
    return number.translate(marks)


def whole(number: float) -> str:
    """`1,204`."""
    return figure(f"{number:,}")


def trouble_of(facts: Facts) -> Any:
    """What an incident that is over was, in the language that is spoken, as far as it was kept in that."""
    return (facts.get("trouble_in") or {}).get(spoken()) or facts.get("trouble")


def severity_word(severity: str) -> str:
    """`High`, as a label."""
    return _(severity.capitalize())


def percent(value: float) -> str:
    """The size of a difference, rounded down, so that a table with a few rows left is never 100 % below: `65 %`."""
    size = math.floor(abs(value) * 10 + 1e-6) / 10
    return figure(f"{size:,.1f}".removesuffix(".0")) + " %"


def length(seconds: float | None, *, dative: bool = False) -> str:
    """A measured length in words: `2 h 10 min`. `dative`: some languages say it otherwise behind a preposition."""
    if seconds is None:
        return pgettext("dative", "an unknown time") if dative else _("an unknown time")
    return " ".join(unit_words(*part, dative=dative) for part in elapsed_parts(timedelta(seconds=seconds)))


def limit(seconds: float) -> str:
    """A limit with one unit, so that it can be compared at a glance: `70 min`, `26 h`, `8 days`."""
    return unit_words(*limit_part(timedelta(seconds=seconds)))


def unit_words(number: int, unit: str, *, dative: bool = False) -> str:
    """`10 min`; `unit` is one of s, m, h and d."""
    if unit != "d":
        form = _(UNITS[unit])
    elif dative:
        form = npgettext("dative", "{number} day", "{number} days", number)
    else:
        form = ngettext("{number} day", "{number} days", number)
    return form.format(number=whole(number))


def zone_of(facts: Facts) -> zoneinfo.ZoneInfo:
    """The zone to show times in; UTC when the facts name none that is known."""
    try:
        return zoneinfo.ZoneInfo(str(facts.get("timezone") or "UTC"))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def local(facts: Facts, name: str) -> datetime | None:
    """The time that `facts` give under `name`, in their zone."""
    text = facts.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone_of(facts))


def moment(facts: Facts, name: str) -> str:
    """`21 Nov 2026, 06:10 (Europe/Berlin)`."""
    value = local(facts, name)
    if value is None:
        return pgettext("moment", "an unknown time")
    return _("{day}, {time} ({zone})").format(day=day(value), time=f"{value:%H:%M}", zone=zone_of(facts))


def day(value: datetime) -> str:
    """`21 Nov 2026`."""
    return _("{day} {month} {year}").format(day=value.day, month=_(MONTHS[value.month - 1]), year=value.year)


def short_moment(value: datetime, *, zone: bool = False) -> str:
    """A time of these days: `21 Nov, 06:10`, or with its zone `21 Nov, 06:10 CET`."""
    form = _("{day} {month}, {time} {zone}") if zone else _("{day} {month}, {time}")
    month = _(MONTHS[value.month - 1])
    return form.format(day=value.day, month=month, time=f"{value:%H:%M}", zone=value.tzname())


def period(facts: Facts) -> str:
    """The period that rows were counted in, with its preposition; empty when the facts name none."""
    start, end = local(facts, "period_start"), local(facts, "period_end")
    if start is None or end is None:
        return ""
    values = {
        "zone": zone_of(facts),
        "day": day(start),
        "last_day": day(end),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
    }
    if start.time() == end.time() == start.min.time() and end.date() == start.date() + timedelta(days=1):
        return _("on {day} ({zone})").format(**values)
    if start.date() == end.date():
        return _("on {day} from {start} to {end} ({zone})").format(**values)
    return _("from {day}, {start} to {last_day}, {end} ({zone})").format(**values)

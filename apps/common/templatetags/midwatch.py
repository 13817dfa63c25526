"""Times and numbers as pages show them: relative words, with the exact local time and its zone at hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common.clock import utc_now
from apps.common.durations import elapsed_words

register = template.Library()


@register.filter
def exact(moment: datetime | None) -> str:
    """`21 Nov 2026, 03:59:10 CET`, in the person's own zone."""
    return f"{timezone.localtime(moment):%-d %b %Y, %H:%M:%S %Z}" if moment else ""


@register.filter
def relative(moment: datetime | None) -> str | SafeString:
    """`12 min ago` or `in 3 min`, with the exact time as its title; a dash for no time at all."""
    if moment is None:
        return "–"
    seconds = (utc_now() - moment).total_seconds()
    length = _rough(abs(utc_now() - moment))
    words = "just now" if abs(seconds) < 1 else f"{length} ago" if seconds > 0 else f"in {length}"
    return _stamped(moment, words)


@register.filter
def lasting(moment: datetime | None) -> str | SafeString:
    """How long something has been so: `for 12 min`, with the exact time of its beginning as the title."""
    return _stamped(moment, f"for {_rough(utc_now() - moment)}") if moment else "–"


@register.filter
def length_words(length: timedelta | None) -> str:
    """`1 h 10 min`; a dash where it is not known."""
    return "–" if length is None else elapsed_words(length)


@register.filter
def due(moment: datetime | None) -> str | SafeString:
    """When something is due: `in 3 min`, or `now` when the time has come."""
    if moment is not None and moment <= utc_now():
        return _stamped(moment, "now")
    return relative(moment)


@register.filter
def stamp(moment: datetime | None) -> str | SafeString:
    """The exact local time, marked up as a time."""
    return _stamped(moment, exact(moment)) if moment else "–"


def _rough(length: timedelta) -> str:
    """From a minute on without seconds: pages are read at a glance, and the exact time is in the title."""
    minute = timedelta(minutes=1)
    return elapsed_words(length - length % minute if length >= minute else length)


def _stamped(moment: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(moment), words)

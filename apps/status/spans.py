"""Lengths of time as sets: what is covered twice counts once. Pure.

A span holds its start and not its end. Functions return spans in order, apart from each other and none of them empty
(`tidy` makes any spans so; the others take tidy ones).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    start: datetime
    end: datetime


Spans = Sequence[Span]


def tidy(spans: Iterable[Span]) -> list[Span]:
    """The time that is covered by at least one of them."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if found and span.start <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def clip(spans: Spans, within: Span) -> list[Span]:
    """The part of them that lies in `within`."""
    if within.start >= within.end:
        return []
    first = bisect_right(spans, within.start, key=_end)
    last = bisect_left(spans, within.end, key=_start)
    return [Span(max(each.start, within.start), min(each.end, within.end)) for each in spans[first:last]]


def both(some: Spans, others: Spans) -> list[Span]:
    """The time that is in both."""
    return [part for span in some for part in clip(others, span)]


def without(some: Spans, others: Spans) -> list[Span]:
    """The time of `some` that is not in `others`."""
    found = []
    for span in some:
        start = span.start
        for hole in clip(others, span):
            if start < hole.start:
                found.append(Span(start, hole.start))
            start = hole.end
        if start < span.end:
            found.append(Span(start, span.end))
    return found


def total(spans: Spans) -> timedelta:
    """How long they are together, in true time: an hour that the clocks show twice counts twice."""
    return sum((span.end - span.start for span in spans), timedelta())


def _start(span: Span) -> datetime:
    return span.start


def _end(span: Span) -> datetime:
    return span.end

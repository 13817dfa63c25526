"""What readers know as one incident: all that was wrong with a product at a stretch, whichever rules found it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from apps.common.records import record
from apps.status.choosing import Bout, Trouble
from apps.status.words import listed, trouble_words


@record
class Episode:
    """Trouble of one or several products. `end` is None while it lasts; `incidents` are behind it, the oldest first."""

    products: tuple[str, ...]
    unknown: bool
    trouble: str
    start: datetime
    end: datetime | None
    incidents: tuple[int, ...]

    @property
    def title(self) -> str:
        """`Orders: late`"""
        return f"{listed(self.products)}: {'could not be checked' if self.unknown else self.trouble}"


def episodes_of(product: str, troubles: Iterable[Trouble], since: datetime, now: datetime) -> list[Episode]:
    """The episodes of a product that lasted at `since` or later. Could-not-check is told apart from bad data."""
    pieces = sorted(
        (
            (each.unknown, bout.start, bout.end or now, bout, each.unit)
            for each in troubles
            for bout in each.bouts
            if (bout.end is None or (bout.end >= since and bout.start < bout.end)) and bout.start <= now
        ),
        key=lambda piece: (*piece[:3], piece[3].pk),
    )
    found = []
    for unknown, group in groupby(pieces, key=lambda piece: piece[0]):
        stretch: list[tuple[Bout, str]] = []
        end = since
        for _, begins, ends, bout, unit in group:
            if stretch and begins > end:
                found.append(_episode(product, unknown, stretch))
                stretch = []
            end = max(end, ends) if stretch else ends
            stretch.append((bout, unit))
        if stretch:
            found.append(_episode(product, unknown, stretch))
    return found


def _episode(product: str, unknown: bool, stretch: Sequence[tuple[Bout, str]]) -> Episode:
    bouts = [bout for bout, _ in stretch]
    ends = [bout.end for bout in bouts if bout.end]
    return Episode(
        products=(product,),
        unknown=unknown,
        trouble="" if unknown else trouble_words({unit for _, unit in stretch}),
        start=bouts[0].start,
        end=max(ends) if len(ends) == len(bouts) else None,
        incidents=tuple(dict.fromkeys(bout.pk for bout in bouts)),
    )


def joined(episodes: Iterable[Episode]) -> list[Episode]:
    """The same incidents of several products as one; what lasts first, then the newest."""
    found: dict[tuple[object, ...], Episode] = {}
    for each in episodes:
        key = (each.incidents, each.start, each.end)
        known = found.get(key)
        products = (*known.products, *each.products) if known else each.products
        found[key] = Episode(products, each.unknown, each.trouble, each.start, each.end, each.incidents)
    return sorted(found.values(), key=lambda each: (each.end is not None, -each.start.timestamp()))

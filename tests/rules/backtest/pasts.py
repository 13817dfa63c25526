"""Pasts that are values, and rules that walk through them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.rules.backtest.lots import Bucket, Lot
from apps.rules.backtest.outcome import Trial, summed_up
from apps.rules.backtest.past import ByColumn, Past
from apps.rules.backtest.replay import walk
from apps.rules.backtest.spoken import NOTHING_SAID, Spoken
from apps.rules.kinds.contract import Kind
from apps.rules.shaping.wrapping import Wrapped
from tests.rules.kinds.watching import make_kind, make_subject, utc

NOW = utc("2026-11-21 12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Plainly(Wrapped):
    """Walks without any short cut of the kind's own."""

    def rehearsed(self) -> Kind:
        return self


def tried(kind: Kind, past: Past, *, zone: str = "UTC", spoken: Spoken = NOTHING_SAID) -> Trial:
    subject = make_subject(zone)
    trial = Trial(subject.table, subject.zone, NOW, kind.unit, source=past.source, spoken=spoken)
    return summed_up(trial, walk(kind, subject, past, spoken.marks))


def rule(kind: str, **settings: Any) -> Kind:
    return make_kind(kind, **settings)


def counted(lots: Mapping[str | None, Mapping[datetime, int]], *, days: float, until: datetime = NOW) -> ByColumn:
    """Rows per hour, tried on the last `days` days."""
    made = {key: Lot.of(Bucket(at, rows, at, at) for at, rows in hours.items()) for key, hours in lots.items()}
    return ByColumn(until - days * DAY, until, "a made-up past", made, counted=True)


def loaded(*moments: datetime, days: float, until: datetime = NOW) -> ByColumn:
    """Loads at moments, tried on the last `days` days."""
    return ByColumn(until - days * DAY, until, "a made-up past", {None: Lot.of_moments(moments)}, counted=False)

"""Volume: about as many rows as usual, by arrival per hour or day, or in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.module_loading import import_string

from apps.connections.services import Column
from apps.rules.bands.band import NO_BAND, Band
from apps.rules.bands.marks import Marks
from apps.rules.kinds.columns import check_time_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Line, Past, Subject
from apps.rules.kinds.volume_arrivals import Arrivals
from apps.rules.kinds.volume_lines import arrivals_lines
from apps.rules.kinds.volume_settings import VolumeSettings
from apps.rules.kinds.volume_total import Total
from apps.rules.kinds.wants import Want
from apps.rules.periods import LENGTHS

REHEARSED = "apps.rules.kinds.volume_rehearsed.RehearsedArrivals"


class Volume(Kind):
    """Counts by one of two ways, which the settings choose; each remembers for itself."""

    label = "Volume"
    unit = "rows"
    tells = "Far fewer or far more rows than usual."
    Settings = VolumeSettings

    def __init__(self, settings: VolumeSettings) -> None:
        super().__init__(settings)
        self.way: Arrivals | Total = Total(settings) if settings.column is None else Arrivals(settings.column, settings)

    @property
    def check_every(self) -> timedelta:
        return self.way.check_every

    @property
    def counts_days_by(self) -> str | None:
        return self.settings.column if self.settings.period == "1d" else None

    @property
    def looks_back(self) -> timedelta:
        baseline: timedelta = self.settings.baseline
        return max(super().looks_back, baseline + 2 * LENGTHS["1d"])

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        if self.settings.column is not None:
            check_time_column(self.settings.column, subject, columns, finest=LENGTHS[self.settings.period])

    def wants_past(self, memory: Mapping[str, Any]) -> Past | None:
        return self.way.wants_past(memory)

    @property
    def learns_from(self) -> Past | None:
        return self.way.learns_from

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        off = self.settings.learned == "off"
        return NO_BAND if off else self.way.band(subject, past, marks, now, shown=shown)

    def lines(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, *, replaced: bool
    ) -> Mapping[datetime, Line]:
        if not isinstance(self.way, Arrivals):
            return {}
        return arrivals_lines(self.settings, subject.zone, past, marks, replaced=replaced)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return self.way.wants(subject, known, now)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        return self.way.judge(subject, known, answers, now, accepted=accepted)

    def rehearsed(self) -> Kind:
        same = Volume(self.settings)
        if isinstance(self.way, Arrivals):
            same.way = import_string(REHEARSED)(self.way.column, self.settings)  # not at the start: it loads numpy
        return same

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        return self.way.sentence(subject, memory)

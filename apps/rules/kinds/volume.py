"""Volume: about as many rows as usual, by arrival per hour or day, or in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from apps.common.durations import Duration, Percent
from apps.common.plugins import Settings
from apps.connections.services import Column
from apps.rules.kinds.columns import check_time_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Subject, Want
from apps.rules.kinds.volume_arrivals import Arrivals
from apps.rules.kinds.volume_total import Total
from apps.rules.limits import Limits
from apps.rules.periods import LENGTHS, Per

FEWEST_PERIODS, MOST_PERIODS = 3, 2_400


class VolumeSettings(Settings):
    """What is counted, what it is held against, and how far it may lie from that."""

    column: str | None = Field(
        None,
        min_length=1,
        title="Timestamp column",
        description="Counts the rows that arrived per period. Without one, the table's total rows are compared.",
    )
    per: Per | None = Field(None, title="Per", description="With a column: the rows of an hour (1h) or a day (1d).")
    baseline: Duration = Field(
        timedelta(days=30), title="Baseline", description="With a column: how far back the mean reaches."
    )
    drop: Percent | None = Field(
        20.0,
        ge=0,
        lt=100,
        allow_inf_nan=False,
        title="Drop",
        description="How far below. Empty (null): never.",
    )
    spike: Percent | None = Field(
        100.0,
        ge=0,
        allow_inf_nan=False,
        title="Spike",
        description="How far above. Empty (null): never.",
    )
    at_least: int | None = Field(None, ge=1, title="At least", description="Alerts when there are fewer rows.")
    at_most: int | None = Field(None, ge=0, title="At most", description="Alerts when there are more rows.")

    @field_validator("drop", "spike", "at_least", "at_most", mode="before")
    @classmethod
    def _no_switch(cls, value: Any) -> Any:
        if isinstance(value, bool):  # pydantic would read `off` as 0, which alerts at every row
            raise ValueError("write a number, or null to switch this limit off")
        return value

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.drop, self.spike, self.at_least, self.at_most) == (None, None, None, None):
            raise ValueError("set at least one limit: drop, spike, at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least must not be more than at_most")
        if self.column is None:
            if self.per is not None:
                raise ValueError("per needs a timestamp column: name one, or leave per out to compare total rows")
        elif not FEWEST_PERIODS <= self.baseline // LENGTHS[self.period] <= MOST_PERIODS:
            raise ValueError(f"the baseline must hold between {FEWEST_PERIODS} and {MOST_PERIODS:,} periods")
        return self

    @property
    def period(self) -> Per:
        return self.per or "1d"

    @property
    def limits(self) -> Limits:
        return Limits(self.drop, self.spike, self.at_least, self.at_most)


class Volume(Kind):
    """Counts by one of two ways, which the settings choose; each remembers for itself."""

    label = "Volume"
    unit = "rows"
    tells = "Far fewer or far more rows than usual."
    Settings = VolumeSettings

    def __init__(self, settings: VolumeSettings) -> None:
        super().__init__(settings)
        self.way: Arrivals | Total = (
            Arrivals(settings.column, settings.period, settings.baseline, settings.limits)
            if settings.column is not None
            else Total(settings.limits)
        )

    @property
    def check_every(self) -> timedelta:
        return self.way.check_every

    @property
    def counts_days_by(self) -> str | None:
        return self.settings.column if self.settings.period == "1d" else None

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        if self.settings.column is not None:
            check_time_column(self.settings.column, subject, columns, finest=LENGTHS[self.settings.period])

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return self.way.wants(subject, known, now)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        return self.way.judge(subject, known, answers, now, accepted=accepted)

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        return self.way.sentence(subject, memory)

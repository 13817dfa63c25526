"""What people may write of a volume rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from apps.common.durations import Duration, Percent
from apps.rules.baseline import FEWEST, Against
from apps.rules.calendars import check_country
from apps.rules.kinds.learning import Learned
from apps.rules.kinds.settings import RowSettings
from apps.rules.limits import Limits
from apps.rules.periods import LENGTHS, Per

FEWEST_PERIODS, MOST_PERIODS = 3, 2_400
WEEK = timedelta(days=7)
Country = Annotated[str, AfterValidator(check_country)]


class VolumeSettings(RowSettings):
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
    against: Against = Field(
        "mean",
        title="Against",
        description="With a column: the mean of all periods (mean), of those on the same weekday (weekday), or of the "
        "same hour on it (hour_of_week).",
    )
    drop: Percent | None = Field(
        20.0,
        ge=0,
        lt=100,
        allow_inf_nan=False,
        title="Drop",
        description="How far below.",
    )
    spike: Percent | None = Field(
        100.0,
        ge=0,
        allow_inf_nan=False,
        title="Spike",
        description="How far above.",
    )
    at_least: int | None = Field(None, ge=1, title="At least", description="Alerts when there are fewer rows.")
    at_most: int | None = Field(None, ge=0, title="At most", description="Alerts when there are more rows.")
    flat: Duration | None = Field(
        None,
        ge=timedelta(minutes=10),
        le=timedelta(days=366),
        title="Flat for",
        description="Alerts when no row is added, or exactly the same number, for so long: 6h.",
    )
    settle: Duration | None = Field(
        None,
        ge=timedelta(minutes=5),
        le=timedelta(days=7),
        title="Settle",
        description="With a column: how long after its end a period without rows may still be loaded, as long as "
        "nothing was written since. Unless said otherwise a quarter of the period.",
    )
    learned: Learned = "beside"
    holidays: Country | None = Field(
        None,
        title="Holidays",
        description="The country whose public holidays the learned limits know (DE), or a region of it (DE-BY).",
    )

    @field_validator("drop", "spike", "at_least", "at_most", mode="before")
    @classmethod
    def _no_switch(cls, value: Any) -> Any:
        if isinstance(value, bool):  # pydantic would read `off` as 0, which alerts at every row
            raise ValueError("write a number, or null to switch this limit off")
        return value

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.drop, self.spike, self.at_least, self.at_most, self.flat) == (None,) * 5:
            raise ValueError("set at least one limit: drop, spike, at_least, at_most or flat")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least must not be more than at_most")
        if self.column is None:
            self._check_total()
        else:
            self._check_periods()
        return self

    def _check_total(self) -> None:
        if self.per is not None:
            raise ValueError("per needs a timestamp column: name one, or leave per out to compare total rows")
        if self.against != "mean":
            raise ValueError("against needs a timestamp column: name one, or leave against out to compare total rows")
        if self.settle is not None:
            raise ValueError("settle needs a timestamp column: total rows have no periods")

    def _check_periods(self) -> None:
        length = LENGTHS[self.period]
        if not FEWEST_PERIODS <= self.baseline // length <= MOST_PERIODS:
            raise ValueError(f"the baseline must hold between {FEWEST_PERIODS} and {MOST_PERIODS:,} periods")
        if self.against != "mean" and self.baseline < FEWEST * WEEK:
            raise ValueError(f"against {self.against} needs a baseline of at least {FEWEST} weeks, such as 4w")
        if self.against == "hour_of_week" and self.period != "1h":
            raise ValueError("against hour_of_week needs the rows of an hour: write per: 1h, or against: weekday")
        if self.flat is not None and (self.flat % length or self.flat < 2 * length):
            raise ValueError("flat must be two or more whole periods")

    @property
    def period(self) -> Per:
        return self.per or "1d"

    @property
    def limits(self) -> Limits:
        return Limits(self.drop, self.spike, self.at_least, self.at_most)

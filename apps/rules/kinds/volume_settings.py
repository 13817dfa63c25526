"""What people may write of a volume rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from apps.common.durations import Duration, Percent
from apps.common.plugins import LABELS
from apps.rules.baseline import FEWEST, Against
from apps.rules.calendars import check_country
from apps.rules.kinds.learning import Learned
from apps.rules.kinds.settings import RowSettings
from apps.rules.limits import Limits
from apps.rules.periods import LENGTHS, PER_WORDS, Per

FEWEST_PERIODS, MOST_PERIODS = 3, 2_400
WEEK = timedelta(days=7)
AGAINST_WORDS: dict[str, str] = {
    "mean": "the average of all days (or hours)",
    "weekday": "the same weekday",
    "hour_of_week": "the same hour of the week",
}
NEEDS_COLUMN = "needs a timestamp column: name one, or leave this out to compare total rows"
Country = Annotated[str, AfterValidator(check_country)]


class VolumeSettings(RowSettings):
    """What is counted, what it is held against, and how far it may lie from that."""

    column: str | None = Field(
        None,
        min_length=1,
        title="Timestamp column",
        description="Counts the rows that arrived per period. Without one, the table's total rows are compared.",
    )
    per: Per | None = Field(
        None,
        title="Per",
        description="With a column: the rows of an hour or of a day (a day unless said otherwise).",
        json_schema_extra={LABELS: {**PER_WORDS}},
    )
    baseline: Duration = Field(
        timedelta(days=30), title="Baseline", description="With a column: how far back the mean reaches."
    )
    against: Against = Field(
        "mean",
        title="Compared with",
        description="With a column: which of the periods before tell what is normal.",
        json_schema_extra={LABELS: {**AGAINST_WORDS}},
    )
    drop: Percent | None = Field(
        20.0,
        ge=0,
        lt=100,
        allow_inf_nan=False,
        title="Drop",
        description="It alerts when there are fewer rows than normal by more than this.",
    )
    spike: Percent | None = Field(
        100.0,
        ge=0,
        allow_inf_nan=False,
        title="Spike",
        description="It alerts when there are more rows than normal by more than this.",
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
            raise ValueError(f"counting the rows of {PER_WORDS[self.per]} {NEEDS_COLUMN}")
        if self.against != "mean":
            raise ValueError(f"comparing with {AGAINST_WORDS[self.against]} {NEEDS_COLUMN}")
        if self.settle is not None:
            raise ValueError("settle needs a timestamp column: total rows have no periods")

    def _check_periods(self) -> None:
        length = LENGTHS[self.period]
        if not FEWEST_PERIODS <= self.baseline // length <= MOST_PERIODS:
            raise ValueError(f"the baseline must hold between {FEWEST_PERIODS} and {MOST_PERIODS:,} periods")
        if self.against != "mean" and self.baseline < FEWEST * WEEK:
            raise ValueError(
                f"to compare with {AGAINST_WORDS[self.against]}, the baseline must reach back at least {FEWEST} weeks, "
                "such as 4w"
            )
        if self.against == "hour_of_week" and self.period != "1h":
            raise ValueError(
                f"to compare with {AGAINST_WORDS[self.against]}, count the rows of an hour (per: 1h); those of a day "
                "can be compared with the same weekday"
            )
        if self.flat is not None and (self.flat % length or self.flat < 2 * length):
            raise ValueError("flat must be two or more whole periods")

    @property
    def period(self) -> Per:
        return self.per or "1d"

    @property
    def limits(self) -> Limits:
        return Limits(self.drop, self.spike, self.at_least, self.at_most)

"""The settings that all kinds share: how sure a rule must be before it alerts, and which rows it looks at."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from apps.common.durations import Duration, Percent
from apps.common.plugins import Settings
from apps.common.records import record
from apps.rules.kinds.wants import Scope

MOST_IN_A_ROW = 50


@record
class Noise:
    """How sure a rule must be: see `NoiseSettings`."""

    open_after: int = 1
    close_after: int = 1
    close_margin: float | None = None
    min_rows: int | None = None
    min_change: float | None = None
    confirm: timedelta | None = None


QUIET_ENOUGH = Noise()


class NoiseSettings(Settings):
    """What keeps a rule from crying wolf."""

    open_after: int = Field(
        1, ge=1, le=MOST_IN_A_ROW, title="Open after", description="Alerts when so many checks in a row find it broken."
    )
    close_after: int = Field(
        1, ge=1, le=MOST_IN_A_ROW, title="Close after", description="It is over when so many checks in a row are fine."
    )
    close_margin: Percent | None = Field(
        None,
        gt=0,
        le=100,
        title="Close margin",
        description="It is over only when the value lies inside its limits by this share of them, such as 10%.",
    )
    min_rows: int | None = Field(
        None, ge=1, title="Fewest rows", description="With fewer rows than this to judge by, it does not alert."
    )
    min_change: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        title="Smallest change",
        description="A difference smaller than this from what is expected (else from the limit) does not alert.",
    )
    confirm: Duration | None = Field(
        None,
        title="Confirm after",
        description="Before it alerts, it looks again after this long, such as 5m.",
    )

    @property
    def noise(self) -> Noise:
        return Noise(self.open_after, self.close_after, self.close_margin, self.min_rows, self.min_change, self.confirm)

    @property
    def scope(self) -> Scope:
        return Scope()


class FilterSettings(NoiseSettings):
    """The settings of a kind that can look at some of the rows."""

    where: str | None = Field(
        None,
        min_length=1,
        max_length=2_000,
        title="Only rows where",
        description="A condition in the SQL of the data store, such as status = 'paid'. Other rows are not looked at.",
    )

    @property
    def scope(self) -> Scope:
        return Scope(self.where or "")


class RowSettings(FilterSettings):
    """The settings of a kind that can tell rows apart, too."""

    by: str | None = Field(
        None,
        min_length=1,
        title="For each value of",
        description="A column such as country: the rule is judged for each of its values, 100 at most.",
    )

    @property
    def scope(self) -> Scope:
        return Scope(self.where or "", self.by or "")


# The settings that name one column of the rule's table, in whatever kind: the form offers its columns there.
NAMES_OF_COLUMNS = frozenset({"column", "key", "by", "each", "at", "event"})


def shared_names(model: type[Settings]) -> frozenset[str]:
    """The settings of `model` that it has from the classes above, not of its own."""
    bases = [base for base in (NoiseSettings, FilterSettings, RowSettings) if issubclass(model, base)]
    return frozenset(name for base in bases for name in base.model_fields)


def own_first(model: type[Settings]) -> list[str]:
    """The settings of `model` in the order in which a person thinks of them: its own, then those from the classes
    above."""
    own = vars(model).get("__annotations__", {})
    return sorted(model.model_fields, key=lambda name: name not in own)

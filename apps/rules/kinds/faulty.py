"""Rows that break a rule each by itself: a condition says which, and some of them are shown."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from apps.connections.services import Column
from apps.rules.kinds.allowance import Allowance, AllowanceSettings
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.masking import shown_values
from apps.rules.kinds.wants import Condition, CountWhere, SampleRows, Select, Want

SAMPLES = 3


class FaultySettings(AllowanceSettings):
    """How many rows may be faulty, and which of their columns are shown."""

    key: tuple[str, ...] = Field(
        (),
        max_length=10,
        title="Key columns",
        description="Shown of three faulty rows, so that they can be found. What looks personal is masked.",
    )


class Faulty(Allowance):
    settings: FaultySettings

    @property
    @abstractmethod
    def faults(self) -> Condition:
        """Which rows are faulty."""

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns that are shown of some faulty rows; none: no row is shown."""
        return tuple(dict.fromkeys(self.settings.key))

    @property
    def checked_columns(self) -> Sequence[str]:
        return tuple(dict.fromkeys(self.faults.columns))

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        super().refuse(subject, columns, tells_changes=tells_changes)
        for name in self.settings.key:
            check_column(name, subject, columns, field="key")

    def counted(self, subject: Subject) -> Sequence[Want]:
        return (self._count,)

    def faulty(self, subject: Subject, answers: Mapping[Want, Any]) -> int:
        return int(answers[self._count] or 0)

    def showing(self, subject: Subject) -> Sequence[Select]:
        return (self._samples,) if self.shown_columns else ()

    def shown(self, subject: Subject, answers: Mapping[Want, Any]) -> list[str]:
        return shown_values(self.shown_columns, answers.get(self._samples, ()))

    @property
    def _count(self) -> CountWhere:
        return CountWhere(self.faults)

    @property
    def _samples(self) -> SampleRows:
        return SampleRows(self.faults, self.shown_columns, SAMPLES)

"""What people said of the time that a rule is tried on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.common.records import record
from apps.rules.bands.marks import MISSED, NO_MARKS, Marks

REAL, HARMLESS = "real", "harmless"  # what an alert was that came, beside the meanings of what people say of times


@record
class Called:
    """A time, and what people called what there was: `REAL` trouble, or `MISSED`, of which no alert came; of an alert
    that came also `FALSE` or `HARMLESS`, when they closed it."""

    begins: datetime
    ends: datetime
    meaning: str = REAL

    @property
    def alerted(self) -> bool:
        """Whether there was an alert, at that very time."""
        return self.meaning != MISSED

    @property
    def is_trouble(self) -> bool:
        return self.meaning in (REAL, MISSED)

    def meets(self, begins: datetime, ends: datetime) -> bool:
        return self.begins < ends and begins < self.ends


@record
class Spoken:
    """What was said of times of a rule on a table and not taken back (`marks`), and what people made of the alerts that
    came (`alerts`)."""

    marks: Marks = NO_MARKS
    alerts: Sequence[Called] = ()

    @property
    def called(self) -> list[Called]:
        missed = [Called(mark.begins, mark.ends, MISSED) for mark in self.marks.marks if mark.meaning == MISSED]
        return sorted([*self.alerts, *missed], key=lambda each: each.begins)

    @property
    def troubles(self) -> list[Called]:
        """The times in which a good rule alerts."""
        return [each for each in self.called if each.is_trouble]


NOTHING_SAID = Spoken()

"""Rows that break a rule, and how many of them are allowed. What all kinds have in common that count such rows; each of
them says in a file of its own how they are counted and which of them are shown.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from apps.common.durations import Duration, Percent
from apps.connections.services import Column
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit
from apps.rules.kinds.settings import RowSettings
from apps.rules.kinds.wants import CountRows, Select, Want
from apps.rules.limits import count_words

SOURCE = "counted in the table"
KEPT = "faults"  # where the last numbers stand in the memory, and how many a person has accepted


class AllowanceSettings(RowSettings):
    """How many rows may be faulty."""

    at_most: int | None = Field(None, ge=0, title="At most", description="So many faulty rows are fine; 0 unless set.")
    at_most_share: Percent | None = Field(
        None, ge=0, lt=100, title="At most (share)", description="Such a share of the rows may be faulty, such as 1%."
    )
    every: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=1),
        title="Check every",
        description="How often to look. A table that was not written is not read again.",
    )

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.at_most is not None and self.at_most_share is not None:
            raise ValueError("give at_most or at_most_share, not both")
        return self


class Allowance(Kind):
    """Remembers the last numbers, so that an unwritten table is not read again."""

    unit: ClassVar[Unit] = "rows"
    column_setting: ClassVar[str] = "column"  # where the columns are named that make a row faulty
    settings: AllowanceSettings

    @property
    @abstractmethod
    def checked_columns(self) -> Sequence[str]:
        """The columns that make a row faulty."""

    @property
    @abstractmethod
    def fault_words(self) -> str:
        """What is wrong with a faulty row, to follow "has" and "have": `no email`."""

    @abstractmethod
    def counted(self, subject: Subject) -> Sequence[Want]:
        """What tells the number of faulty rows, and what else is to be said of them."""

    @abstractmethod
    def faulty(self, subject: Subject, answers: Mapping[Want, Any]) -> int:
        """The number of faulty rows, from the answers to what was `counted`."""

    def note(self, subject: Subject, answers: Mapping[Want, Any]) -> str:
        """A sentence beside the number, from the same answers. Empty: there is nothing to say."""
        return ""

    def showing(self, subject: Subject) -> Sequence[Select]:
        """What shows some of the faulty rows."""
        return ()

    def shown(self, subject: Subject, answers: Mapping[Want, Any]) -> list[str]:
        """A line for each row or value that is shown, from the answers to what was `showing`."""
        return []

    @property
    def check_every(self) -> timedelta:
        return self.settings.every

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        for name in self.checked_columns:
            check_column(name, subject, columns, field=self.column_setting)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return () if known.unwritten and KEPT in known.memory else (CountRows(), *self.counted(subject))

    def wants_more(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Sequence[Want]:
        if CountRows() not in answers:
            return ()
        too_many = self.faulty(subject, answers) > self._most(int(answers[CountRows()]))
        return self.showing(subject) if too_many else ()

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        before: Mapping[str, Any] = known.memory.get(KEPT, {})
        seen = self._seen(subject, before, answers)
        rows, faulty = seen["rows"], seen["faulty"]
        most = self._most(rows)
        excused = faulty if accepted else int(before.get("excused", 0))
        breached = faulty > max(most, excused)
        return Judgement(
            "breached" if breached else "ok",
            memory={KEPT: {**seen, "excused": excused if faulty > most else 0}},
            measured=float(faulty),
            high=float(most),
            source=SOURCE,
            reason=self._reason(subject, rows, faulty, most, breached=breached),
            facts=self._facts(seen, most) if breached else {},
            readings=(Reading("measured", now, float(faulty)),) if faulty != before.get("faulty") else (),
            basis=float(rows),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        share = self.settings.at_most_share
        if share:
            return f"Alerts if more than {share:,g} % of the rows of {subject} have {self.fault_words}."
        if most := self.settings.at_most:
            return f"Alerts if more than {count_words(most)} of {subject} {_have(most)} {self.fault_words}."
        return f"Alerts if any row of {subject} has {self.fault_words}."

    def _most(self, rows: int) -> int:
        """The most faulty rows that are fine: exactly the share is fine. Fractions, since people write decimals."""
        share = self.settings.at_most_share
        return self.settings.at_most or 0 if share is None else int(rows * Fraction(str(share)) / 100)

    def _seen(self, subject: Subject, before: Mapping[str, Any], answers: Mapping[Want, Any]) -> dict[str, Any]:
        """What there is now: just read, or as it was, where nothing was written since."""
        if CountRows() not in answers:
            return {name: before[name] for name in ("rows", "faulty", "samples", "note")}
        return {
            "rows": int(answers[CountRows()]),
            "faulty": self.faulty(subject, answers),
            "samples": self.shown(subject, answers),
            "note": self.note(subject, answers),
        }

    def _reason(self, subject: Subject, rows: int, faulty: int, most: int, *, breached: bool) -> str:
        if faulty <= most:
            return ""
        allowed = f"at most {most:,} {'is' if most == 1 else 'are'} allowed" if most else "none is allowed"
        words = f"{faulty:,} of {count_words(rows)} in {subject.table} {_have(faulty)} {self.fault_words}; {allowed}"
        return f"{words}." if breached else f"{words}. A person accepted this many."

    def _facts(self, seen: Mapping[str, Any], most: int) -> dict[str, Any]:
        return {
            "situation": "faulty",
            **seen,
            "allowed": most,
            "fault": f"{_have(seen['faulty'])} {self.fault_words}",
            "columns": list(self.checked_columns),
            "reason": "",
        }


def _have(rows: int) -> str:
    return "has" if rows == 1 else "have"

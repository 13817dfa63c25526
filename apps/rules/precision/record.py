"""What became of the alerts of a rule in a month: which were real, which were not, and of which nobody said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from apps.alerts.models import Outcome as Closing
from apps.common.records import record
from apps.rules.models import Feedback

NOT_TROUBLE = frozenset(
    {Feedback.Meaning.EXPECTED, Feedback.Meaning.NEW_NORMAL, Feedback.Meaning.IGNORE, Closing.EXPECTED}
)
FALSE_ALARMS = frozenset({Feedback.Meaning.FALSE_ALARM, Closing.FALSE_ALARM})
TROUBLE = frozenset({Closing.REAL, Closing.WONT_FIX})


class Outcome(StrEnum):
    """What people made of an alert. `EXPECTED`: it was right that something had changed, and no trouble."""

    REAL = "real"
    FALSE = "false"
    EXPECTED = "expected"
    UNSAID = "unsaid"


@record
class Alert:
    """One incident of a rule on a table, known by `key`. `acknowledged`: a person took it up. `reopened`: how often it
    came back within a day. `closed_as`: what a person said that it was; empty where nobody did."""

    key: str
    opened_at: datetime
    ended_at: datetime | None = None
    acknowledged: bool = False
    reopened: int = 0
    closed_as: str = ""


@record
class Said:
    """What a person said of a time of the same table."""

    key: str
    meaning: str
    begins: datetime
    ends: datetime


@record
class Record:
    """A rule in a month, on so many `tables`. `missed`: alerts that people say should have been. `checks`: None where
    they were not counted."""

    tables: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    missed: int = 0
    came_back: int = 0
    checks: int | None = None

    @property
    def alerts(self) -> int:
        return sum(self.outcomes.values())

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.get(outcome, 0)

    @property
    def real(self) -> int:
        return self.count(Outcome.REAL)

    @property
    def not_real(self) -> int:
        """The alerts that nobody needed."""
        return self.count(Outcome.FALSE) + self.count(Outcome.EXPECTED)

    @property
    def unsaid(self) -> int:
        return self.count(Outcome.UNSAID)

    @property
    def precision(self) -> float | None:
        """The share of real ones, in percent, among those of which people said something; None: they said nothing."""
        told = self.real + self.not_real
        return 100 * self.real / told if told else None

    @property
    def noise(self) -> float | None:
        """The share of those that nobody needed among all, in percent; None without an alert."""
        return 100 * self.not_real / self.alerts if self.alerts else None

    @property
    def per_table(self) -> float | None:
        return self.alerts / self.tables if self.tables else None


def outcome_of(alert: Alert, said: Iterable[Said], now: datetime) -> Outcome:
    """What was said of the time of the alert, or when it was closed, decides, the hardest word first; else whether
    somebody took it up."""
    ended = alert.ended_at or now
    words = {each.meaning for each in said if each.begins <= ended and each.ends >= alert.opened_at} | {alert.closed_as}
    if words & FALSE_ALARMS:
        return Outcome.FALSE
    if words & NOT_TROUBLE:
        return Outcome.EXPECTED
    return Outcome.REAL if alert.acknowledged or words & TROUBLE else Outcome.UNSAID


def record_of(alerts: Collection[Alert], said: Collection[Said], *, tables: int, missed: int, now: datetime) -> Record:
    """The record of a rule whose `alerts` began in the month."""
    by_key: dict[str, list[Said]] = {}
    for each in said:
        by_key.setdefault(each.key, []).append(each)
    outcomes = dict.fromkeys(Outcome, 0)
    for alert in alerts:
        outcomes[outcome_of(alert, by_key.get(alert.key, ()), now)] += 1
    return Record(tables, outcomes, missed, sum(alert.reopened for alert in alerts))

"""Volume by the rows that arrived in the last closed hour or day, beside the mean of those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from apps.common.durations import compact, limit_words
from apps.rules.baseline import (
    FEWEST,
    Calendar,
    History,
    Standing,
    read_history,
    recall_history,
    recall_standing,
)
from apps.rules.kinds.contract import CountBuckets, Judgement, Known, Reading, Subject, VerdictName, Want
from apps.rules.kinds.counted import Counted
from apps.rules.kinds.moments import day_words
from apps.rules.limits import Limits, count_words, mean_words
from apps.rules.periods import Per, bucket_seconds

SETTLE = timedelta(minutes=5)  # a period counts as closed this long after its end, so that its last rows are in


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Remembers the rows of the closed periods of the baseline, how the last one stands beside them, and whether a
    person accepted it.
    """

    column: str
    per: Per
    baseline: timedelta
    limits: Limits

    CHECK_EVERY: ClassVar[dict[Per, timedelta]] = {"1h": timedelta(minutes=10), "1d": timedelta(hours=1)}

    @property
    def check_every(self) -> timedelta:
        return self.CHECK_EVERY[self.per]

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountBuckets]:
        want = self._want(subject, known, self._calendar(subject).current(now - SETTLE))
        return () if want is None else (want,)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        memory, readings = self._read(subject, known, answers, now)
        standing = recall_standing(memory["standing"])
        excused = accepted or _is_accepted(standing, memory)
        if accepted:
            memory = {**memory, "accepted": standing.start.timestamp()}
        counted = self._counted(standing)
        verdict = counted.verdict(accepted=excused)
        return counted.judgement(
            verdict,
            memory,
            now,
            reason=_reason(verdict, counted, standing, subject),
            readings=readings,
            next_look_at=self._calendar(subject).following(standing.until) + SETTLE,
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        standing = self._recall(subject, memory)
        mean = standing.mean if standing else None
        where = f"in {subject} {'an hour' if self.per == '1h' else 'a day'} by column {self.column}"
        absolute = self.limits.absolute.words
        if not self.limits.relative or mean:
            words = self.limits.around(mean).words
            verb = "arrives" if words.endswith(" 1 row") else "arrive"
            return f"Alerts if {words} {verb} {where}{self._mean_words(mean_words(mean)) if mean else ''}."
        beside = f", or {absolute}" if absolute else ""
        return f"Alerts if {self.limits.outside_words} arrive {where} than {self._baseline_words}{beside}."

    def _mean_words(self, mean: str) -> str:
        if not self.limits.relative:
            return ""
        parts = [f"{self.limits.share_words} {self._baseline_words}, {mean}"]
        parts += [f"at least {self.limits.at_least:,}"] if self.limits.at_least is not None else []
        parts += [f"at most {self.limits.at_most:,}"] if self.limits.at_most is not None else []
        return f" ({'; '.join(parts)})"

    @property
    def _baseline_words(self) -> str:
        return f"the mean of the last {limit_words(self.baseline)}"

    def _want(self, subject: Subject, known: Known, until: datetime) -> CountBuckets | None:
        """What must be read to judge the period that ends at `until`.

        At first the whole baseline. Later what has closed since and the two periods before it, whose rows may have come
        late. While breached, those again: late rows end a drop, and removed duplicates a spike.
        """
        calendar, standing = self._calendar(subject), self._recall(subject, known.memory)
        if standing is None:
            since = calendar.oldest(until)
        elif standing.until < until or (self._is_breached(standing, known.memory) and not known.unwritten):
            since = calendar.read_again_from(standing.until, until)
        else:
            return None
        return CountBuckets(self.column, bucket_seconds(since, until, subject.zone, subject.store_zone), since)

    def _read(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime
    ) -> tuple[Mapping[str, Any], Sequence[Reading]]:
        """What to remember after what was read, and the readings to keep of it."""
        calendar, same = self._calendar(subject), known.memory.get("basis") == self._basis(subject)
        found = self._answered(subject, known, answers, now)
        if found is None:
            if not same:
                raise LookupError(f"Nothing is known of {subject.table}, and nothing was read.")
            return known.memory, ()
        want, until = found
        before = recall_history(calendar, known.memory["history"]) if same else None
        history = read_history(calendar, before, answers[want], since=want.start, until=until)
        memory = {
            "basis": self._basis(subject),
            "standing": history.standing().as_json(),
            "accepted": known.memory["accepted"] if same else None,
            "history": history.as_json(),
        }
        return memory, _readings(history, before, want.start)

    def _answered(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime
    ) -> tuple[CountBuckets, datetime] | None:
        """What this rule asked, when it did, and the end of the last closed period that the answer holds."""
        if not any(isinstance(want, CountBuckets) for want in answers):
            return None
        calendar = self._calendar(subject)
        latest = calendar.current(now - SETTLE)
        # A period may have closed between asking and judging.
        for until in (latest, calendar.earlier(latest, 1)):
            want = self._want(subject, known, until)
            if want is not None and want in answers:
                return want, until
        return None

    def _calendar(self, subject: Subject) -> Calendar:
        return Calendar(self.per, subject.zone, self.baseline)

    def _basis(self, subject: Subject) -> str:
        """What the remembered counts belong to; counts of another column, period or zone say nothing here."""
        return f"{self.column} per {self.per} over {compact(self.baseline)} in {subject.zone.key}"

    def _recall(self, subject: Subject, memory: Mapping[str, Any]) -> Standing | None:
        return recall_standing(memory["standing"]) if memory.get("basis") == self._basis(subject) else None

    def _is_breached(self, standing: Standing, memory: Mapping[str, Any]) -> bool:
        return self._counted(standing).side is not None and not _is_accepted(standing, memory)

    def _counted(self, standing: Standing) -> Counted:
        return Counted(
            rows=standing.rows,
            normal=standing.mean,
            limits=self.limits,
            source=f"column {self.column}",
            normal_words=self._baseline_words,
            per=self.per,
            start=standing.start,
            end=standing.until,
        )


def _is_accepted(standing: Standing, memory: Mapping[str, Any]) -> bool:
    return bool(memory["accepted"] == standing.start.timestamp())


def _readings(history: History, before: History | None, since: datetime) -> list[Reading]:
    """The counts that are new or have changed, from the first rows on."""
    first = history.first
    return [
        Reading("rows_arrived", at=start, value=float(history.rows(start)))
        for start in history.calendar.starts(since, history.until)
        if first is not None
        and start >= first
        and (before is None or start >= before.until or before.rows(start) != history.rows(start))
    ]


def _reason(verdict: VerdictName, counted: Counted, standing: Standing, subject: Subject) -> str:
    if verdict == "learning":
        unit = "hours" if counted.per == "1h" else "days"
        return f"Whole {unit} known before this one: {standing.sample}; {FEWEST} are needed to know what is normal."
    if not counted.side:
        return ""
    rows = count_words(counted.rows) if counted.rows else "No rows"
    arrived = f"{rows} arrived {_period_words(counted, standing, subject)}"
    if verdict == "breached":
        return f"{arrived}{counted.breach_words}"
    return f"{arrived}; a person closed the incident, so this is accepted."


def _period_words(counted: Counted, standing: Standing, subject: Subject) -> str:
    day = day_words(standing.start, subject.zone)
    if counted.per == "1d":
        return f"on {day} ({subject.zone.key})"
    begin, end = (f"{moment.astimezone(subject.zone):%H:%M}" for moment in (standing.start, standing.until))
    return f"on {day} between {begin} and {end} ({subject.zone.key})"

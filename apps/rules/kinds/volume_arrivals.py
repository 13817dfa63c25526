"""Volume by the rows that arrived in the last closed hour or day, beside the mean of those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from apps.common.durations import compact
from apps.common.records import record
from apps.rules.bands.arrivals import REACH, arrivals_band
from apps.rules.bands.band import Band, reading_as_json, recall_reading
from apps.rules.bands.marks import Marks
from apps.rules.baseline import (
    Calendar,
    History,
    Standing,
    read_history,
    recall_history,
    recall_standing,
)
from apps.rules.kinds.contract import Judgement, Known, Past, Reading, Subject
from apps.rules.kinds.counted import Counted
from apps.rules.kinds.learning import ALERTING
from apps.rules.kinds.volume_settings import VolumeSettings
from apps.rules.kinds.volume_words import arrivals_reason, arrivals_sentence, baseline_words, waiting_words
from apps.rules.kinds.wants import CountBuckets, Want
from apps.rules.periods import LENGTHS, Per, bucket_seconds, parted

SETTLE = timedelta(minutes=5)  # a period counts as closed this long after its end, so that its last rows are in
Memory = Mapping[str, Any]


@record
class Arrivals:
    """Remembers the rows of the closed periods of the baseline, how the last one stands beside them, what is learned of
    them where that alerts, and whether a person accepted it.
    """

    column: str
    settings: VolumeSettings

    CHECK_EVERY: ClassVar[dict[Per, timedelta]] = {"1h": timedelta(minutes=10), "1d": timedelta(hours=1)}

    @property
    def check_every(self) -> timedelta:
        return self.CHECK_EVERY[self.settings.period]

    @property
    def settle(self) -> timedelta:
        """How long after its end a period without rows may still be loaded. One value without any is no sign of it."""
        if self.settings.by and self.settings.settle is None:
            return timedelta()
        return self.settings.settle or LENGTHS[self.settings.period] / 4

    def wants_past(self, memory: Memory) -> Past | None:
        return None  # the table itself tells of its past

    @property
    def learns_from(self) -> Past:
        return Past("rows_arrived", 2 * REACH[self.settings.period])

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        whole = dict(past[1:])  # rows began somewhere within the first period
        return self._band(subject, whole, marks, shown)

    def _band(self, subject: Subject, counts: Mapping[datetime, float], marks: Marks, shown: int) -> Band:
        settings = self.settings
        return arrivals_band(counts, per=settings.period, zone=subject.zone, holidays=settings.holidays or "",
                             marks=marks, shown=shown)  # fmt: skip

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountBuckets]:
        waits = now.timestamp() < known.memory.get("counts_at", 0) and self._recall(subject, known.memory) is not None
        if waits and known.unwritten:
            return ()
        want = self._want(subject, known, self._calendar(subject).current(now - SETTLE))
        return () if want is None else (want,)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        memory, readings = self._read(subject, known, answers, now)
        standing, learned = recall_standing(memory["standing"]), recall_reading(memory.get("learned"))
        alarmed = learned is not None and learned.alarmed
        if accepted:
            memory = {**memory, "accepted": standing.start.timestamp(), **({"hushed": True} if alarmed else {})}
        counted = self._counted(standing, memory)
        verdict = counted.verdict(accepted=_is_accepted(standing, memory))
        note, next_look_at = self._waiting(subject, standing, memory)
        return counted.judgement(
            verdict,
            memory,
            now,
            reason=f"{arrivals_reason(verdict, counted, standing, subject)} {note}".strip(),
            readings=readings,
            next_look_at=next_look_at,
            alarmed=alarmed and not memory.get("hushed", False),
        )

    def sentence(self, subject: Subject, memory: Memory) -> str:
        standing = self._recall(subject, memory)
        learned = recall_reading(memory.get("learned")) if standing else None
        return arrivals_sentence(self.settings, subject, standing, learned)

    def _waiting(self, subject: Subject, standing: Standing, memory: Memory) -> tuple[str, datetime]:
        """What is said of a newer period that is not judged yet, and when to look again."""
        following = self._calendar(subject).following(standing.until)
        if "counts_at" not in memory:
            return "", following + SETTLE
        counts_at = datetime.fromtimestamp(memory["counts_at"], UTC)
        return waiting_words(subject, standing.until, following, counts_at), counts_at

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
    ) -> tuple[Memory, Sequence[Reading]]:
        """What to remember after what was read, and the readings to keep of it."""
        calendar, memory = self._calendar(subject), known.memory
        same = memory.get("basis") == self._basis(subject)
        before = recall_history(calendar, memory["history"]) if same else None
        found = self._answered(subject, known, answers, now)
        if found is None:
            if before is None:
                raise LookupError(f"Nothing is known of {subject.table}, and nothing was read.")
            if memory.get("by", "") == self._by(known):
                return memory, ()
            return self._remember(subject, known, before, counts_at=None), ()
        want, until = found
        buckets = parted(answers[want], want.seconds, subject.store_zone, until)
        history = read_history(calendar, before, buckets, since=want.start, until=until)
        counts_at = self._counts_at(history, buckets, known, now)
        if counts_at is not None:  # until then the period before it is the last one
            last = calendar.earlier(until, 1)
            history = read_history(calendar, before, buckets, since=want.start, until=last)
        return self._remember(subject, known, history, counts_at), _readings(history, before, want.start)

    def _counts_at(
        self, history: History, buckets: Mapping[datetime, int], known: Known, now: datetime
    ) -> datetime | None:
        """From when on the last period counts though it has no rows; None: it counts now. A table that was not written
        since it ended has probably not been loaded yet."""
        until, counts_at = history.until, history.until + self.settle
        empty = not history.rows(history.calendar.earlier(until, 1)) and history.first is not None
        written = known.changed_at is not None and known.changed_at >= until
        newer = any(rows for start, rows in buckets.items() if start >= until)
        return counts_at if empty and not written and not newer and now < counts_at else None

    def _remember(self, subject: Subject, known: Known, history: History, counts_at: datetime | None) -> dict[str, Any]:
        settings, before = self.settings, known.memory
        same = before.get("basis") == self._basis(subject)
        memory: dict[str, Any] = {
            "basis": self._basis(subject),
            "standing": history.standing(settings.against, known.marks).as_json(),
            "accepted": before["accepted"] if same else None,
            "history": history.as_json(),
        }
        if by := self._by(known):
            memory["by"] = by
        if counts_at is not None:
            memory["counts_at"] = counts_at.timestamp()
        if settings.flat is not None:
            memory["same"] = history.same(settings.flat // LENGTHS[settings.period])
        if settings.learned in ALERTING:
            reading = self._band(subject, history.whole(), known.marks, 0).reading
            if reading:
                memory["learned"] = reading_as_json(reading)
                if same and reading.alarmed and before.get("hushed"):
                    memory["hushed"] = True
        return memory

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
        settings = self.settings
        reach = REACH[settings.period] if settings.learned in ALERTING else timedelta()
        return Calendar(settings.period, subject.zone, settings.baseline, reach)

    def _basis(self, subject: Subject) -> str:
        """What the remembered counts belong to; counts of another column, period or zone say nothing here."""
        settings = self.settings
        basis = f"{self.column} per {settings.period} over {compact(settings.baseline)} in {subject.zone.key}"
        return f"{basis}, to learn from" if settings.learned in ALERTING else basis

    def _by(self, known: Known) -> str:
        """What the verdict on the remembered counts depends on besides; empty: nothing unusual."""
        settings = self.settings
        against = "" if settings.against == "mean" else settings.against
        flat = compact(settings.flat) if settings.flat else ""
        return f"{against} {settings.holidays or ''} {flat} {known.marks.key}".strip()

    def _recall(self, subject: Subject, memory: Memory) -> Standing | None:
        return recall_standing(memory["standing"]) if memory.get("basis") == self._basis(subject) else None

    def _is_breached(self, standing: Standing, memory: Memory) -> bool:
        learned = recall_reading(memory.get("learned"))
        alarmed = learned is not None and learned.alarmed and not memory.get("hushed")
        counted = self._counted(standing, memory)
        return (counted.fault is not None or alarmed) and not _is_accepted(standing, memory)

    def _counted(self, standing: Standing, memory: Memory) -> Counted:
        settings = self.settings
        return Counted(
            rows=standing.rows,
            normal=standing.mean,
            limits=settings.limits,
            source=f"column {self.column}",
            normal_words=baseline_words(settings),
            per=settings.period,
            start=standing.start,
            end=standing.until,
            same=memory.get("same", 0) * LENGTHS[settings.period],
            flat=settings.flat,
            how=settings.learned,
            learned=recall_reading(memory.get("learned")),
        )


def _is_accepted(standing: Standing, memory: Memory) -> bool:
    return bool(memory["accepted"] == standing.start.timestamp())


def _readings(history: History, before: History | None, since: datetime) -> tuple[Reading, ...]:
    """The counts that are new or have changed, from the first rows on."""
    first = history.first
    return tuple(
        Reading("rows_arrived", at=start, value=float(history.rows(start)))
        for start in history.calendar.starts(since, history.until)
        if first is not None
        and start >= first
        and (before is None or start >= before.until or before.rows(start) != history.rows(start))
    )

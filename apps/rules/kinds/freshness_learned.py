"""How long a table may wait for its next load by its own history, beside what a freshness rule declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apps.common.durations import elapsed_words
from apps.rules.bands.band import Band, reading_as_json, recall_reading
from apps.rules.bands.marks import Marks
from apps.rules.bands.waits import MOST, waits_band
from apps.rules.kinds.contract import Judgement, Known, Past, Subject
from apps.rules.kinds.learning import ALERTING, How, joined, not_before, replaces
from apps.rules.kinds.moments import from_iso, moment_words

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading

LOADS = Past("changed", timedelta(days=120))
Memory = Mapping[str, Any]


def wanted_past(how: How, memory: Memory) -> Past | None:
    """Loads of the past can't be read back: what was stored of them is what there is to learn from."""
    return LOADS if how in ALERTING and "loads" not in memory else None


def loads_band(
    subject: Subject,
    past: Sequence[tuple[datetime, float]],
    marks: Marks,
    now: datetime,
    *,
    check: timedelta,
    holidays: str,
) -> Band:
    """What the loads of the past teach, and what that says of the wait until now."""
    loads = [at for at, _ in past]
    band = waits_band(loads, zone=subject.zone, marks=marks, check=check, holidays=holidays)
    if band.reading is None or band.reading.high is None:
        return band
    waited, limit = now - loads[-1], timedelta(seconds=band.reading.high)
    words = f"The last change was {elapsed_words(waited)} ago; by its own history the limit is {elapsed_words(limit)}."
    return replace(
        band, reading=replace(band.reading, alarmed=waited > limit, reason=f"{words} {_usual(band.reading)}")
    )


def with_learned(
    found: Judgement, how: How, *, subject: Subject, known: Known, waits_since: datetime, check: timedelta,
    holidays: str, now: datetime,
) -> Judgement:  # fmt: skip
    """What the declared expectation found, together with the learned one. `waits_since`: from when the wait counts."""
    if how not in ALERTING:
        return found
    memory = _learned_memory(found.memory, subject, known, check, holidays)
    found, reading = replace(found, memory=memory), recall_reading(memory["learned"])
    if reading is None or reading.high is None:
        return found
    limit = timedelta(seconds=reading.high)
    alarmed = now - waits_since > limit
    if replaces(how, reading) and found.verdict == "breached":
        found = replace(found, verdict="ok", reason="", facts={"last_change": found.facts.get("last_change")})
    facts = {"situation": "stale", "age_seconds": (now - waits_since).total_seconds(),
             "allowed_seconds": limit.total_seconds(), "deadline": None, "reason": _usual(reading)}  # fmt: skip
    words = _late_words(subject, waits_since, limit, reading, now)
    told = joined(found, how, reading, alarmed=alarmed, words=words, facts=facts)
    due = waits_since + limit
    return replace(told, next_look_at=not_before(told.next_look_at, due if due > now else None))


def _learned_memory(memory: Memory, subject: Subject, known: Known, check: timedelta, holidays: str) -> dict[str, Any]:
    """The memory with the loads, and with what they teach: learned anew only when one came or something was said."""
    past = [int(at.timestamp()) for at, _ in known.past]
    kept = known.memory if known.memory.get("column") == memory.get("column") else {}
    loads: list[int] = list(kept.get("loads", past))
    last = from_iso(memory.get("last_change"))
    if last is not None and (not loads or int(last.timestamp()) > loads[-1]):
        loads.append(int(last.timestamp()))
    loads, said = loads[-MOST:], known.marks.key
    if loads == kept.get("loads") and said == kept.get("said"):
        learned = kept["learned"]
    else:
        moments = [datetime.fromtimestamp(load, UTC) for load in loads]
        reading = waits_band(moments, zone=subject.zone, holidays=holidays, marks=known.marks, check=check).reading
        learned = reading_as_json(reading) if reading else None
    return {**memory, "loads": loads, "said": said, "learned": learned}


def _late_words(subject: Subject, since: datetime, limit: timedelta, reading: Reading, now: datetime) -> str:
    waited = f"has not changed for {elapsed_words(now - since)}, since {moment_words(since, subject.zone)}"
    return f"{subject.table} {waited}; by its own history the limit is {elapsed_words(limit)}. {_usual(reading)}"


def _usual(reading: Reading) -> str:
    return f"The usual wait is {elapsed_words(timedelta(seconds=reading.expected or 0))}."


def freshness_learned_words(how: How, memory: Memory, subject: Subject, declared: str) -> str:
    """The sentence of the rule, with the declared one within where that holds."""
    if how not in ALERTING:
        return declared
    reading = recall_reading(memory.get("learned"))
    if reading is None or reading.high is None:
        progress = f" ({reading.learning})" if reading else ""
        if how == "also":
            return f"{declared} It also alerts when the wait is unusual by its own history{progress}."
        return f"{declared} That holds until its own history is learned{progress}."
    limit = elapsed_words(timedelta(seconds=reading.high))
    if how == "also":
        return f"{declared} It also alerts after an unusual wait by its own history: last {limit}."
    return f"Alerts if {subject} has not changed for unusually long, by its own history: last {limit}."

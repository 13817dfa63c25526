"""What a person excused does not alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.rules.bands.marks import Marks
from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.moments import from_iso

WORDS = {
    "expected": "a person said that this was expected once",
    "false_alarm": "a person said that this was a false alarm",
    "ignore": "a person said to ignore this time",
}

NEW_NORMAL = "A person said that this is the new normal"


def accept(found: Judgement) -> Judgement:
    """The judgement of what a person accepted as it is: where it is `ok`, the fact `excused` says why, since nothing in
    the data became good."""
    return replace(found, facts={**found.facts, "excused": NEW_NORMAL}) if found.verdict == "ok" else found


def excuse_of(found: Judgement, marks: Marks, begins: datetime, ends: datetime | None = None) -> str:
    """The meaning by which a breach is excused: that of the period that was judged; else what is said of the moment
    `begins`, or of the time from there to `ends`. Empty: by none."""
    if found.verdict != "breached" or not marks.marks:
        return ""
    if found.judged is None:
        return marks.excuse(begins, ends)
    return marks.excuse(found.judged, from_iso(found.facts.get("period_end")))


def excuse(found: Judgement, marks: Marks, now: datetime) -> Judgement:
    """The judgement, or `ok` where it is a breach of a time that a person excused. The fact `excused` is why, since
    nothing in the data became good."""
    meaning = excuse_of(found, marks, now)
    if not meaning:
        return found
    why = WORDS[meaning]
    return replace(
        found, verdict="ok", reason=f"{found.reason} Not alerting: {why}.".strip(), facts={"excused": why.capitalize()}
    )

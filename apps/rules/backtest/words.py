"""What a backtest came to, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta
from itertools import pairwise

from apps.common.durations import elapsed_words
from apps.rules.backtest.outcome import Tally, Trial

RECENT = 30
SHOWN = 7  # days that are named
NOTHING = "There is no history to try it on yet."


def sentence(trials: Sequence[Trial], days: int) -> str:
    """What would have come of a rule on all its tables: how often it would have alerted, and when."""
    tried = [trial for trial in trials if trial.tried]
    if not tried:
        return f"{NOTHING} {trials[0].reason if trials else ''}".strip()
    known = min(max(trial.days for trial in tried), days)
    recent = min(RECENT, known)
    found = sorted(day for trial in tried for day in trial.dates(recent))
    where = f" on {len(tried):,} tables" if len(trials) > 1 else ""
    span = f"in the last {_days(recent)}"
    if found:
        first = f"Would have alerted {times(len(found))} {span}{where}: on {days_words(found)}."
    else:
        first = f"Would not have alerted {span}{where}."
    notes = dict.fromkeys(note for trial in tried for note in trial.notes)
    said = said_words(summed([trial.tally(recent) for trial in tried]))
    more = [said, _longer(tried, len(found), known), _longest(tried), *notes, _missing(trials, tried)]
    return " ".join(part for part in (first, *more) if part)


def summed(tallies: Sequence[Tally]) -> Tally:
    """The tallies of several tables as one."""
    return Tally(*(sum(numbers) for numbers in zip(*map(astuple, tallies), strict=True)))


def said_words(tally: Tally) -> str:
    """What people said of these alerts, in sentences; empty where they said nothing."""
    parts = []
    if tally.false:
        all_of = "It was" if tally.alerts == 1 else f"{'All' if tally.false == tally.alerts else tally.false} of them"
        verb = "" if tally.alerts == 1 else (" was" if tally.false == 1 else " were")
        parts.append(f"{all_of}{verb} called false by people.")
    if tally.real:
        parts.append(f"It finds {found_words(tally)}.")
    if tally.excused:
        parts.append(
            f"{times(tally.excused).capitalize()} more it was beyond its limits at times that people excused, which do "
            "not alert."
        )
    return " ".join(parts)


def found_words(tally: Tally) -> str:
    """Of what was real, how much is found: `the one real trouble that people told of`, `2 of the 3 real troubles …`"""
    one = "trouble" if tally.real == 1 else "troubles"
    told = f"real {one} that people told of"
    if tally.found == tally.real:
        return f"the {'one' if tally.real == 1 else tally.real} {told}"
    return f"{tally.found or 'none'} of the {tally.real} {told}" if tally.real > 1 else f"not the one {told}"


def _longer(tried: Sequence[Trial], recent: int, known: int) -> str:
    if known <= RECENT:
        return ""
    total = sum(len(trial.opened(known)) for trial in tried)
    if total == recent:
        return f"{'None' if total else 'Nor'} in the {known - RECENT} days before."
    return f"In the last {known} days: {times(total)}."


def _longest(tried: Sequence[Trial]) -> str:
    longest = max((trial.longest for trial in tried), default=timedelta())
    open_now = any(trial.is_open for trial in tried)
    lasted = f"The longest would have lasted {elapsed_words(longest)}." if longest else ""
    return f"{lasted} It would be alerting now.".strip() if open_now else lasted


def _missing(trials: Sequence[Trial], tried: Sequence[Trial]) -> str:
    untried = len(trials) - len(tried)
    return f"Of {untried:,} more {'table' if untried == 1 else 'tables'} no history is known." if untried else ""


def times(count: int) -> str:
    """`once`, `twice`, `3 times`"""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def days_words(found: Sequence[date]) -> str:
    """`3, 9 and 21 November`, `30 October, 2 (twice) and 5 November`; of many, how many and the last."""
    counts = Counter(found)
    shown = sorted(counts)
    if len(shown) > SHOWN:
        return f"{len(shown)} days, the last of them {shown[-1].day} {shown[-1]:%B}"
    months = [f" {day:%B}" if last else "" for day, last in zip(shown, _ends_month(shown), strict=True)]
    words = [
        f"{day.day}{month}{'' if counts[day] == 1 else f' ({times(counts[day])})'}"
        for day, month in zip(shown, months, strict=True)
    ]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _ends_month(shown: Sequence[date]) -> list[bool]:
    """Of each day, whether the next one named is of another month."""
    months = [(day.year, day.month) for day in shown]
    return [*(month != after for month, after in pairwise(months)), True]


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count:,} days"

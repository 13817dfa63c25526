"""When a volume rule on arrivals alerts, and why it did, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apps.common.durations import limit_words
from apps.rules.baseline import FEWEST, Standing
from apps.rules.kinds.contract import Subject, VerdictName
from apps.rules.kinds.counted import Counted, learned_edges, learned_words
from apps.rules.kinds.learning import replaces
from apps.rules.kinds.moments import day_words, moment_words
from apps.rules.kinds.volume_settings import VolumeSettings
from apps.rules.limits import count_words, mean_words

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading

BEFORE = {"mean": "", "weekday": "the same weekday in ", "hour_of_week": "the same hour of the week in "}


def baseline_words(settings: VolumeSettings) -> str:
    """What the limits are taken of: `the mean of the last 30 days`"""
    return f"the mean of {BEFORE[settings.against]}the last {limit_words(settings.baseline)}"


def arrivals_sentence(
    settings: VolumeSettings, subject: Subject, standing: Standing | None, learned: Reading | None
) -> str:
    """When it alerts, with the numbers that are known by now."""
    every = "an hour" if settings.period == "1h" else "a day"
    where = f"in {subject} {every} by column {settings.column}"
    if learned and replaces(settings.learned, learned):
        absolute = settings.limits.absolute.words
        beside = f", or {absolute}" if absolute else ""
        edges = f"{learned_edges(learned)}{beside}"
        main = f"Alerts if unusually few or many rows arrive {where}, by its own history: {edges}."
        return main + _flat_words(settings)
    main = _declared(settings, where, standing)
    flat = _flat_words(settings)
    if not main:
        each = "in each hour" if settings.period == "1h" else "on each day"
        lasting = limit_words(settings.flat or timedelta())
        main, flat = f"Alerts if no row, or exactly the same number {each}, arrives {where} for {lasting}.", ""
    return main + flat + learned_words(settings.learned, learned)


def _declared(settings: VolumeSettings, where: str, standing: Standing | None) -> str:
    limits, mean = settings.limits, standing.mean if standing else None
    absolute = limits.absolute.words
    if not limits.relative and not absolute:
        return ""
    if not limits.relative or mean:
        words = limits.around(mean).words
        verb = "arrives" if words.endswith(" 1 row") else "arrive"
        return f"Alerts if {words} {verb} {where}{_mean_words(settings, mean_words(mean)) if mean else ''}."
    beside = f", or {absolute}" if absolute else ""
    return f"Alerts if {limits.outside_words} arrive {where} than {baseline_words(settings)}{beside}."


def _mean_words(settings: VolumeSettings, mean: str) -> str:
    limits = settings.limits
    if not limits.relative:
        return ""
    parts = [f"{limits.share_words} {baseline_words(settings)}, {mean}"]
    parts += [f"at least {limits.at_least:,}"] if limits.at_least is not None else []
    parts += [f"at most {limits.at_most:,}"] if limits.at_most is not None else []
    return f" ({'; '.join(parts)})"


def _flat_words(settings: VolumeSettings) -> str:
    if settings.flat is None:
        return ""
    each = "in each hour" if settings.period == "1h" else "on each day"
    return f" It also alerts if no row, or exactly the same number {each}, arrives for {limit_words(settings.flat)}."


def arrivals_reason(verdict: VerdictName, counted: Counted, standing: Standing, subject: Subject) -> str:
    """Why it judged as it did by its declared limits; empty while all is well."""
    if verdict == "learning":
        unit = "hours" if counted.per == "1h" else "days"
        return f"Whole {unit} known before this one: {standing.sample}; {FEWEST} are needed to know what is normal."
    if not counted.fault:
        return ""
    rows = count_words(counted.rows) if counted.rows else "No rows"
    arrived = f"{rows} arrived {period_words(counted, standing, subject)}"
    if counted.fault == "flat":
        lasting = limit_words(counted.same)
        arrived += f", and no row for {lasting}" if not counted.rows else f", exactly as many as always for {lasting}"
    if verdict == "breached":
        return f"{arrived}{counted.breach_words}"
    return f"{arrived}; a person accepted it."


def waiting_words(subject: Subject, start: datetime, until: datetime, counts_at: datetime) -> str:
    """Why the newest period is not judged yet."""
    day = day_words(start, subject.zone)
    hours = f" between {start.astimezone(subject.zone):%H:%M} and {until.astimezone(subject.zone):%H:%M}"
    period = f"{day}{hours}" if until - start < timedelta(hours=2) else day
    return (
        f"Nothing of {period} is loaded yet, and nothing newer; it counts as missing from "
        f"{moment_words(counts_at, subject.zone)} on."
    )


def period_words(counted: Counted, standing: Standing, subject: Subject) -> str:
    """`on 3 Mar 2026 (UTC)`, `on 4 Mar 2026 between 12:00 and 13:00 (Europe/Berlin)`"""
    day = day_words(standing.start, subject.zone)
    if counted.per == "1d":
        return f"on {day} ({subject.zone.key})"
    begin, end = (f"{moment.astimezone(subject.zone):%H:%M}" for moment in (standing.start, standing.until))
    return f"on {day} between {begin} and {end} ({subject.zone.key})"

"""Routes, steps and rotations as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from apps.alerts.models import Escalation, EscalationStep, Rotation, Route
from apps.common.durations import limit_words

REST = "Everything that no other route takes."
ALL = "Every incident."
MANAGERS = "Nobody is chosen, so the team's managers are told."


def matched_words(route: Route) -> str:
    """What the route takes, as a sentence: `Critical or high incidents with the tag finance about sales.*.`"""
    if route.catch_all:
        return REST
    parts = [
        f" with the tag {_either(route.tags)}" if route.tags else "",
        f" about {_either(route.tables)}" if route.tables else "",
        f" that {_either(route.owners)} answers for" if route.owners else "",
    ]
    if not route.severities and not any(parts):
        return ALL
    kinds = f"{_either(route.severities).capitalize()} incidents" if route.severities else "Incidents"
    return f"{kinds}{''.join(parts)}."


def told_words(row: Route | EscalationStep) -> str:
    """Whom it tells, as a sentence. Its channels, people and rotation should have been fetched with it."""
    names = [*(str(channel) for channel in row.channels.all()), *(str(person) for person in row.people.all())]
    names += [f"whoever is on duty in {row.rotation}"] if row.rotation else []
    return f"Tells {_all(names)}." if names else MANAGERS if isinstance(row, Route) else "Tells nobody."


def step_words(step: EscalationStep) -> str:
    """`After 30 min: tells Anna Berg.`"""
    told = told_words(step)
    return f"After {limit_words(timedelta(minutes=step.after_minutes))}: {told[0].lower()}{told[1:]}"


def escalation_words(escalation: Escalation) -> list[str]:
    """Each step as a sentence, in their order."""
    return [step_words(step) for step in escalation.steps.all()]


def handover_words(rotation: Rotation) -> str:
    """`Hands over on Mondays at 09:00 (Europe/Berlin).`"""
    return f"Hands over on {rotation.starts_on:%A}s at {rotation.handover:%H:%M} ({rotation.timezone})."


def _either(words: Sequence[str]) -> str:
    return _joined(words, "or")


def _all(words: Sequence[str]) -> str:
    return _joined(words, "and")


def _joined(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]

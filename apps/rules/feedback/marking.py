"""What a kind must know beside its own memory: what people said of the table, and what was observed of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from apps.rules.bands.marks import Mark, Marks
from apps.rules.items import Item
from apps.rules.kinds.contract import Known, Past
from apps.rules.models import Feedback, Observation


def marks_of(feedback: QuerySet[Feedback]) -> dict[int, Marks]:
    """What was said and not taken back, by state, in one query; states of which nothing was said are left out."""
    rows = feedback.filter(taken_back_at=None).order_by("begins", "pk")
    found: dict[int, list[Mark]] = defaultdict(list)
    for state, meaning, begins, ends in rows.values_list("state_id", "meaning", "begins", "ends"):
        found[state].append(Mark(meaning, begins, ends))
    return {state: Marks(tuple(marks)) for state, marks in found.items()}


def with_marks(known: Mapping[int, Known], items: Iterable[Item], now: datetime) -> dict[int, Known]:
    """What is known, with what was said; and with the past for the few kinds that do not remember it."""
    found = dict(known)
    connections = {item.work.rule.connection_id for item in items}
    for state, marks in marks_of(Feedback.objects.filter(state__connection__in=connections)).items():
        if state in found:
            found[state] = replace(found[state], marks=marks)
    for item in items:
        kind = item.work.kind
        past = kind.wants_past(item.memory) if kind and item.state_id in found else None
        if past is not None:
            found[item.state_id] = replace(found[item.state_id], past=past_of(item.state_id, past, now))
    return found


def past_of(state_id: int, past: Past, now: datetime, *, segment: str = "") -> tuple[tuple[datetime, float], ...]:
    """The observations that are asked for, in order of time."""
    rows = Observation.objects.filter(state=state_id, measure=past.measure, segment=segment, at__gt=now - past.reach)
    return tuple(rows.order_by("at").values_list("at", "value"))

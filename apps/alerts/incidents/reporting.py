"""From findings and recoveries to incidents, timeline lines and deliveries: all in the caller's transaction.

Repeats of open incidents cost a constant number of statements, however many there are. They are what most checks bring,
so what begins and ends incidents is imported only for those that do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.alerts.incidents import order, updating
from apps.alerts.incidents.finding import REOPEN_WITHIN, Finding, Pair, Recovery, Step, step_for, stored_key
from apps.alerts.models import Incident, IncidentStatus
from apps.common.records import record

KEYS_PER_QUERY = 5_000
RACES = 3


@record
class Sorted:
    """Findings by what they do to the incidents of their keys."""

    update: list[Pair]
    open: list[Pair]
    reopen: list[Pair]


def write(*, findings: Sequence[Finding], recoveries: Sequence[Recovery], now: datetime) -> list[str]:
    """Write what the findings and recoveries mean. Of several with the same key the last counts, a finding before all.

    Somebody else may open an incident of the same key at the same moment. The database then refuses ours; the second
    look finds theirs, and the finding becomes a repeat of it. Returns the keys of troubles to look at again soon,
    because what was taken for their cause is over.
    """
    found = {stored_key(finding.key): finding for finding in findings}
    ended = {key: recovery for recovery in recoveries if (key := stored_key(recovery.key)) not in found}
    for attempt in range(1, RACES + 1) if found or ended else ():
        try:
            with transaction.atomic():
                return _write(found, ended, now)
        except IntegrityError:
            if attempt == RACES:
                raise
    return []


def unresolved(keys: Collection[str]) -> list[Incident]:
    """The unresolved incidents of these stored keys, locked."""
    order.hold(_teams(keys))
    return _locked(keys, ~Q(status=IncidentStatus.RESOLVED))


def _write(found: Mapping[str, Finding], ended: Mapping[str, Recovery], now: datetime) -> list[str]:
    recent = ~Q(status=IncidentStatus.RESOLVED) | Q(resolved_at__gte=now - REOPEN_WITHIN)
    order.hold({*(finding.team_id for finding in found.values()), *_teams(ended)})
    # Of the incidents of one key the unresolved one comes last and stays; else the one resolved last.
    rows = sorted(_locked([*found, *ended], recent), key=lambda row: (row.resolved_at is None, row.resolved_at or now))
    incidents = {row.key: row for row in rows}
    steps = _sorted(found, incidents, now)
    updating.update(steps.update, now)
    if steps.open or steps.reopen:
        from apps.alerts.incidents import beginning  # noqa: PLC0415 (see above)

        beginning.begin(steps.open, steps.reopen, now)
    over = [(incidents[key], recovery) for key, recovery in ended.items() if key in incidents]
    return _end([(row, recovery) for row, recovery in over if row.resolved_at is None], now)


def _end(over: Sequence[tuple[Incident, Recovery]], now: datetime) -> list[str]:
    if not over:
        return []
    from apps.alerts.incidents.closing import Ending, end  # noqa: PLC0415 (see above)

    return end([Ending(row, facts=recovery.facts) for row, recovery in over], now=now)


def _sorted(found: Mapping[str, Finding], incidents: Mapping[str, Incident], now: datetime) -> Sorted:
    steps: dict[Step, list[Pair]] = {step: [] for step in Step}
    for key, finding in found.items():
        incident = incidents.get(key)
        step = step_for(exists=incident is not None, resolved_at=incident.resolved_at if incident else None, now=now)
        if incident is None or step is Step.OPEN:
            incident = Incident(team_id=finding.team_id, key=key, opened_at=now)
        steps[step].append(Pair(finding, incident))
    return Sorted(update=steps[Step.UPDATE], open=steps[Step.OPEN], reopen=steps[Step.REOPEN])


def _teams(keys: Collection[str]) -> set[int]:
    """The teams of what is open under these keys."""
    teams: set[int] = set()
    wanted = sorted(keys) if order.needed() else []
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        rows = Incident.objects.filter(key__in=wanted[start : start + KEYS_PER_QUERY])
        unresolved = rows.exclude(status=IncidentStatus.RESOLVED).order_by()
        teams |= set(unresolved.values_list("team_id", flat=True).distinct())
    return teams


def _locked(keys: Collection[str], condition: Q) -> list[Incident]:
    # Locked in the order of their keys, so that two workers never wait for each other in a circle.
    wanted = sorted(keys)
    rows: list[Incident] = []
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        part: Any = wanted[start : start + KEYS_PER_QUERY]
        rows += Incident.objects.select_for_update(no_key=True).filter(condition, key__in=part).order_by("key", "pk")
    return rows

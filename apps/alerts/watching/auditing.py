"""The audit: once a minute, somewhere, every probe is asked; what can be repaired is, and what was found is told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.incidents import reporting
from apps.alerts.incidents.finding import Finding, Recovery
from apps.alerts.models import Heartbeat, Incident, IncidentStatus, Severity
from apps.alerts.watching.heartbeats import EVERYWHERE, forget_hosts
from apps.alerts.watching.ownteam import with_administrators
from apps.alerts.watching.probes import Probe, Trouble, all_probes

log = logging.getLogger("midwatch.alerts")

PROCESS = "auditor"
EVERY = timedelta(minutes=1)
PAUSE = 1.5 * EVERY  # no audit for so long: Midwatch was stopped meanwhile
LATE = 3 * EVERY  # no audit for so long: there may be findings that nobody knows of


def audit(*, now: datetime) -> int:
    """Audit unless this minute is another dispatcher's. Returns how many troubles were found.

    After a pause, such as a restart, the first audit only begins the count: what has just started had no time to work.
    """
    row = _auditor().first()
    if row is None:
        Heartbeat.objects.bulk_create([_begun(now)], ignore_conflicts=True)
        return 0
    last = row.worked_at
    # A time far ahead was written by a clock that was wrong.
    if abs(now - last) < EVERY or not _auditor().filter(worked_at=last).update(worked_at=now):
        return 0
    # Only one audit is left out after a pause, however slow the machine is.
    settled = abs(now - last) <= PAUSE or row.details.get("begins", False)
    asked = {probe: _ask(probe, now) for probe in all_probes()} if settled else {}
    found = {probe: trouble for probe, trouble in asked.items() if trouble}
    _report(found, set(asked) - set(found), now)
    _auditor().update(details={"found": sorted(probe.name for probe in found), "begins": not settled})
    for probe, trouble in found.items():
        log.warning("Audit: %s. %s", probe.title, trouble.sentence)
    forget_hosts(now=now)
    return len(found)


def _ask(probe: Probe, now: datetime) -> Trouble | None:
    """What the probe found, after its repair. A probe that fails is a trouble too, and does not stop the others."""
    try:
        trouble = probe.find(now)
        if trouble and probe.repair:
            log.info("Audit: %s repaired %s.", probe.name, probe.repair(now))
    except Exception as error:
        log.exception("The probe %s failed.", probe.name)
        return Trouble(1, None, f"This could not be looked at ({type(error).__name__}); the dispatcher's log says why.")
    return trouble


def last_audit() -> tuple[datetime, list[str]] | None:
    """When the last audit was, and the names of the probes that found something; None when there was none yet."""
    row = _auditor().first()
    return (row.worked_at, list(row.details.get("found", ()))) if row else None


def _begun(now: datetime) -> Heartbeat:
    return Heartbeat(process=PROCESS, host=EVERYWHERE, worked_at=now, details={"found": [], "begins": True})


@transaction.atomic
def _report(found: Mapping[Probe, Trouble], well: Iterable[Probe], now: datetime) -> None:
    """An incident per probe that found something; those of the others end."""
    keys = [probe.key for probe in well]
    over = Incident.objects.filter(key__in=keys).exclude(status=IncidentStatus.RESOLVED).values_list("key", flat=True)
    recoveries = [Recovery(key) for key in over]
    if not found and not recoveries:
        return
    team = with_administrators()
    findings = [_finding(probe, trouble, team.pk, now) for probe, trouble in found.items()]
    reporting.write(findings=findings, recoveries=recoveries, now=now)


def _finding(probe: Probe, trouble: Trouble, team_id: int, now: datetime) -> Finding:
    return Finding(
        key=probe.key,
        team_id=team_id,
        severity=Severity.HIGH,
        title=f"Midwatch itself: {probe.title}",
        facts={
            "situation": "midwatch",
            "trouble_title": probe.title,
            "over": probe.over,
            "reason": trouble.sentence,
            "count": trouble.count,
            "began_at": trouble.since.isoformat() if trouble.since else "",
            "timezone": "UTC",
            "checked_at": now.isoformat(),
        },
        channel_ids=(),
    )


def _auditor() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(process=PROCESS, host=EVERYWHERE)

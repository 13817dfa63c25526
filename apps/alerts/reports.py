"""The door of alerts for those who check: what was found, what is over, and what they ask about it.

The other door, `services`, opens on all that people do with incidents, channels and silences, and loads it. Checks are
started as processes of their own, so behind this door a module that tells, opens, groups or ends is imported where
there is something to tell, open, group or end: most checks only confirm what is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from apps.alerts.incidents.asking import closed_by_people, open_keys
from apps.alerts.incidents.finding import Finding, Recovery, Subject, stored_key

__all__ = ["Finding", "Recovery", "Subject", "closed_by_people", "open_keys", "report", "withdraw"]


@transaction.atomic
def report(*, findings: Sequence[Finding], recoveries: Sequence[Recovery], now: datetime) -> list[str]:
    """Open, refresh, reopen and resolve incidents, with their timelines and deliveries. Returns the keys of troubles to
    look at again soon, because the one that was taken for their cause is over.

    Call it in the transaction that stores the checks: then a result is never stored without its alert, nor the other
    way round. Reporting the same again only refreshes.
    """
    if not findings and not recoveries:
        return []
    from apps.alerts.incidents import reporting  # noqa: PLC0415 (see above)

    return reporting.write(findings=findings, recoveries=recoveries, now=now)


@transaction.atomic
def withdraw(*, keys: Collection[str], reason: str, now: datetime) -> None:
    """Resolve without a message, because the trouble is no longer watched. `reason` is a sentence for the timeline."""
    from apps.alerts.incidents import closing, reporting, splitting  # noqa: PLC0415 (see above)

    rows = reporting.unresolved([stored_key(key) for key in keys])
    splitting.succeed(closing.withdraw(rows, reason, now=now), now)

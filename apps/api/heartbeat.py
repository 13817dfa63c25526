"""The outward heartbeat: an address outside this machine hears once a minute that the watch is kept.

It is asked by the worker, at beat's tick, and only while no probe finds anything, audits go on, and the canary flew. So
it falls silent when any of worker, beat, dispatcher or database stops, and whoever waits for it raises the alarm (a
dead man's switch).
"""

from __future__ import annotations

import logging
from datetime import datetime

import urllib3

from apps.api.standing import standing

SECONDS = 10.0
log = logging.getLogger("midwatch.heartbeat")


def send(url: str, *, now: datetime) -> bool:
    """Ask `url` when all is well. Returns whether it heard; trouble is logged and left to the next minute."""
    stands = standing(now)
    if not stands.well:
        log.warning("The heartbeat is held back. %s", " ".join(stands.reasons))
        return False
    try:
        # Only the status counts; an answer without an end must not hold the worker.
        with urllib3.request(
            "GET", url, timeout=SECONDS, retries=False, redirect=False, preload_content=False
        ) as reply:
            return 200 <= reply.status < 300
    except urllib3.exceptions.HTTPError as error:
        log.warning("The heartbeat did not reach its address: %s", error)
        return False

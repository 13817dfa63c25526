"""When a message is tried again: pure, with a jitter that is fixed per delivery and attempt."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

# Seconds before each attempt. People wait in front of a test, and a critical trouble cannot wait: both begin quickly.
QUICK = (0, 5, 20, 60)
PATIENT = (0, 30, 120, 600, 1_800, 7_200, 21_600)
# A critical message is not given up after its quick attempts either: they would all fall into one short outage.
CRITICAL = QUICK + PATIENT[2:]
JITTER = 0.2
LONGEST_WAIT = float(PATIENT[-1])


def plan_for(*, severity: str, is_test: bool) -> tuple[int, ...]:
    """The waits in seconds before each attempt of a message."""
    if is_test:
        return QUICK
    return CRITICAL if severity == "critical" else PATIENT


def next_attempt(
    *, plan: tuple[int, ...], attempts: int, key: str, now: datetime, retry_after: float | None = None
) -> datetime | None:
    """When to try again after `attempts` failed ones; None when the plan is used up.

    `retry_after` (seconds) is what the receiver asked for; it can lengthen the wait, up to six hours, never shorten it.
    """
    if attempts >= len(plan):
        return None
    spread = zlib.crc32(f"{key}/{attempts}".encode()) / 0xFFFFFFFF
    wait = plan[attempts] * (1 + JITTER * spread)
    return now + timedelta(seconds=max(wait, min(retry_after or 0.0, LONGEST_WAIT)))

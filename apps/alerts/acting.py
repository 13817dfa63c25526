"""What time alone brings about: each act claims what is due in a short transaction of its own.

Every dispatcher runs them once a second. Any of them may be repeated or cut off: what an act writes is known by its
key, so that nobody is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from apps.alerts.outbox.brokenchannels import watch_channels
from apps.alerts.outbox.fallback import fall_back
from apps.alerts.routing.escalating import take_steps
from apps.alerts.silences.releasing import release_holds
from apps.alerts.silences.reminders import remind
from apps.alerts.silences.rollups import send_rollups
from apps.alerts.silences.settling import settle
from apps.alerts.watching.auditing import audit
from apps.alerts.watching.canary import fly

log = logging.getLogger("midwatch.alerts")

Act = Callable[..., int]
ACTS: Sequence[Act] = (
    fall_back,
    take_steps,
    settle,
    remind,
    release_holds,
    send_rollups,
    watch_channels,
    audit,
    fly,
)


def act_due(*, now: datetime, acts: Sequence[Act] = ACTS) -> int:
    """Do everything that is due at `now`. Returns how much was done. One act that fails does not stop the others."""
    done = 0
    for act in acts:
        try:
            done += act(now=now)
        except Exception:  # the others must go on, and the next second tries this one again
            log.exception("%s.%s failed; it is tried again in a second.", act.__module__, act.__qualname__)
    return done

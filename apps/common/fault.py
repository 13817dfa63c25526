"""Dying on purpose: only the tests that kill processes set MIDWATCH_DIE_AT, and without it this does nothing."""

from __future__ import annotations

import os
import signal

DIE_AT = os.environ.get("MIDWATCH_DIE_AT", "")
POINTS = (
    "check claimed",
    "result written",
    "result committed",
    "message claimed",
    "request left",
    "answer came",
    "outcome written",
    "outcome committed",
    "act written",
    "person acted",
)


def reached(point: str) -> None:
    """Kill this process here, as `kill -9` would, when it was started to die at `point`."""
    if point == DIE_AT:
        os.kill(os.getpid(), signal.SIGKILL)

"""How Midwatch itself stands: whether checks and messages are on time, and when that was last proven.

One answer for the banner of the pages, `/readyz` and the dead man's switch, in a fixed number of statements.
"""

from __future__ import annotations

from datetime import datetime

from apps.alerts.services import AUDIT_LATE, last_audit, proven_at, troubles
from apps.common.durations import elapsed_words
from apps.common.records import record


@record
class Standing:
    """`reasons` say what is wrong, a sentence or two each; none of them: Midwatch works."""

    reasons: tuple[str, ...]
    proven_at: datetime | None

    @property
    def well(self) -> bool:
        return not self.reasons


def standing(now: datetime) -> Standing:
    """Ask all probes, and whether the audit itself goes on."""
    found = troubles(now=now)
    reasons = [f"{probe.title}. {trouble.sentence}" for probe, trouble in found.items()]
    return Standing((*reasons, *_audit(now)), proven_at())


def banner(now: datetime) -> list[tuple[str, str]]:
    """What everybody is to be told on every page, because what they see there is not up to date: (what, more)."""
    return [(probe.title, trouble.sentence) for probe, trouble in troubles(now=now, banner=True).items()]


def proof_words(proven: datetime | None, now: datetime) -> str:
    """When the way of an alert was last proven, as a sentence."""
    if proven is None:
        return "Not proven end to end yet."
    return f"Last proven end to end {elapsed_words(now - proven)} ago."


def _audit(now: datetime) -> list[str]:
    audit = last_audit()
    if audit and now - audit[0] > AUDIT_LATE:
        return [f"The audit is late. It was last done {elapsed_words(now - audit[0])} ago; the dispatcher does it."]
    return []

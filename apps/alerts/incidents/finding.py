"""What becomes of a finding: pure decisions about incidents, their events and their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from apps.alerts.models import Incident, Severity
from apps.common.records import record

REOPEN_WITHIN = timedelta(hours=24)
KEY_LIMIT = 400
TITLE_LIMIT = 300
RANKS = {severity: place for place, severity in enumerate(Severity.values)}


@record
class Subject:
    """What a trouble is about, by which it is grouped, routed and silenced. `table` is `schema.table`, and empty when
    it is about no table; `owner` is a mail address. `blind`: nothing was found wrong, the check could not look."""

    connection_id: int | None = None
    rule_id: int | None = None
    kind: str = ""
    table: str = ""
    tags: tuple[str, ...] = ()
    owner: str = ""
    blind: bool = False


@record
class Finding:
    """A trouble that a check found. `key` stays the same as long as it is the same trouble. Told are the channels and
    people (users) that are named; without channels the team's routes decide."""

    key: str
    team_id: int
    severity: str
    title: str
    facts: dict[str, Any]
    channel_ids: tuple[int, ...]
    subject: Subject = Subject()
    people: tuple[int, ...] = ()


@record
class Recovery:
    """A trouble that is over. `facts` are the values that are good again."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)


@record
class Pair:
    """A finding with the incident that it concerns."""

    finding: Finding
    incident: Incident


class Step(StrEnum):
    """What a finding does to the incidents of its key."""

    OPEN = "open"
    REOPEN = "reopen"
    UPDATE = "update"


def step_for(*, exists: bool, resolved_at: datetime | None, now: datetime) -> Step:
    """The step, from the last incident of the key: whether there is one, and since when it is resolved."""
    if not exists:
        return Step.OPEN
    if resolved_at is None:
        return Step.UPDATE
    return Step.REOPEN if now - resolved_at <= REOPEN_WITHIN else Step.OPEN


def rank(severity: str) -> int:
    """0 for the worst; what is unknown comes last."""
    return RANKS.get(severity, len(RANKS))


def change_words(*, severity: str, facts: Mapping[str, Any], finding: Finding) -> str:
    """What a repeated finding changes that people should see in the timeline; empty when it only confirms."""
    changes = []
    if severity != finding.severity:
        changes.append(f"The severity went from {severity} to {finding.severity}.")
    before, after = facts.get("situation"), finding.facts.get("situation")
    if before != after:
        changes.append(f"The situation went from {before} to {after}.")
    return " ".join(changes)


def event_number(*, reopened: int, resolved: bool) -> int:
    """The number of an event in an incident's life: it opens (1), ends (2), comes back (3), ends (4), …"""
    return 2 * reopened + (2 if resolved else 1)


def thread_of(incident_id: int) -> str:
    """The name that all messages about an incident share."""
    return f"incident-{incident_id}"


def lasting_name(*, incident_id: int, opened_at: datetime) -> str:
    """The incident's name at a receiver that keeps a state for it. The time keeps it unique where the receiver outlives
    our database, or serves two installations."""
    return f"{thread_of(incident_id)}-{opened_at:%Y%m%dT%H%M%SZ}"


def stored_key(key: str) -> str:
    """`key` as it is stored: one that is too long keeps its beginning and gets a digest of the whole."""
    if len(key) <= KEY_LIMIT:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"{key[: KEY_LIMIT - len(digest) - 1]}~{digest}"


def stored_title(title: str) -> str:
    """`title` as it is stored, shortened with an ellipsis."""
    return title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1]}…"

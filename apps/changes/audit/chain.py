"""The chain: each entry's digest covers the entry and the digest before it, so that tampering shows. Pure.

Who can write to the database can forge a whole chain from some entry on. So keep a digest outside it (the verify
command prints the last one, and takes an earlier one to compare with).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.changes.models import AuditEntry
from apps.common.records import record

FIELDS = ("id", "number", "at", "act", "actor", "user_id", "address", "team_id", "team_name", "model", "object_id",
          "object_name", "sentence", "changes", "reason", "history_id")  # fmt: skip
FIRST = "0" * 64


@record
class Break:
    """Where the chain does not hold: the place in it, and what is wrong in a sentence."""

    number: int
    problem: str


def digest_of(entry: AuditEntry, before: str) -> str:
    """The digest of `entry` behind the digest `before`: SHA-256 over a canonical JSON of all its fields."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    values["at"] = entry.at.isoformat()
    text = json.dumps([before, values], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def breaks(entries: Iterable[AuditEntry]) -> Iterator[Break]:
    """Every place where the chain does not hold. `entries` are the sealed ones, by their numbers in the chain."""
    before, expected = FIRST, 1
    for entry in entries:
        number = entry.number or 0
        if number != expected:
            yield Break(number, f"Entry {expected} of the chain is missing before it.")
        elif entry.digest != digest_of(entry, before):
            yield Break(number, "Its digest does not fit: it, or what stood before it, was changed.")
        before, expected = entry.digest, number + 1

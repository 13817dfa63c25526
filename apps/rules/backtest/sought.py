"""What must be known of the past of a table, so that a rule can be tried on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from apps.connections.models import Connection
from apps.rules.kinds.contract import Kind, Known, Subject
from apps.rules.kinds.wants import Want


@dataclass(frozen=True)
class Sought:
    """`since`: from when on the rule is tried, up to `now`."""

    connection: Connection
    subject: Subject
    kind: Kind
    since: datetime
    now: datetime

    @cached_property
    def wants(self) -> Sequence[Want]:
        """What a first check at `since` would have wanted to know."""
        return self.kind.wants(self.subject, Known({}), self.since)

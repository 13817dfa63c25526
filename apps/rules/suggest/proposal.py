"""A rule that may be made for a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from apps.common.records import record


@record
class Proposal:
    """A rule for one table: its kind, its settings as YAML writes them, and why these. `of`: the column that it is
    about, where a table may have several of the kind."""

    kind: str
    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

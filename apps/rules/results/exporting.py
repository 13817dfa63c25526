"""Results as rows of a file, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from apps.connections.services import TableName
from apps.rules.kinds import KINDS
from apps.rules.models import Check, Rule

HEAD = (
    "id", "rule", "table", "at", "verdict", "measured", "unit", "expected_low", "expected_high", "source", "trust",
    "reason",
)  # fmt: skip
CHUNK = 2_000
FIELDS = (
    "pk", "state__schema", "state__table", "at", "verdict", "measured", "low", "high", "source", "trust", "reason",
)  # fmt: skip


def export_rows(rule: Rule, checks: QuerySet[Check]) -> Iterator[tuple[Any, ...]]:
    """A row per result, the newest first. They are read in chunks, each by a statement of its own: a slow download
    holds no transaction open, and no more than a chunk in memory."""
    unit, last = KINDS[rule.kind].unit, None
    while True:
        rows = checks if last is None else checks.filter(pk__lt=last)
        chunk = list(rows.order_by("-pk").values_list(*FIELDS)[:CHUNK])
        for pk, schema, table, at, verdict, measured, low, high, *rest in chunk:
            name = str(TableName(schema, table)) if table else ""
            yield (pk, rule.name, name, at, verdict, measured, unit, low, high, *rest)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]


def file_name(rule: Rule) -> str:
    """What the file is called: `checks-of-rule-12`; names may hold what file systems do not take."""
    return f"checks-of-rule-{rule.pk}"

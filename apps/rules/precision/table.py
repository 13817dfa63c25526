"""Records as plain values: for the API, and as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from apps.common.months import Month
from apps.rules.precision.reading import RuleRecord, with_checks
from apps.rules.precision.record import Outcome, Record

CHUNK = 200
HEAD = (
    "month", "rule_id", "rule", "team", "connection", "kind", "tables", "checks", "alerts", "real", "false", "expected",
    "unsaid", "missed", "came_back", "precision_percent", "noise_percent", "alerts_per_table",
)  # fmt: skip


def record_values(record: Record, month: Month) -> dict[str, Any]:
    """Shares are percents, and null where there is nothing to divide by."""
    return {
        "month": month.key,
        "tables": record.tables,
        "checks": record.checks,
        "alerts": record.alerts,
        **{outcome.value: record.count(outcome) for outcome in Outcome},
        "missed": record.missed,
        "came_back": record.came_back,
        "precision_percent": _rounded(record.precision, 1),
        "noise_percent": _rounded(record.noise, 1),
        "alerts_per_table": _rounded(record.per_table, 3),
    }


def record_rows(records: Sequence[RuleRecord], month: Month) -> Iterator[tuple[Any, ...]]:
    """Two rows per rule: the month, and the one before."""
    for start in range(0, len(records), CHUNK):
        for each in with_checks(records[start : start + CHUNK], month):
            rule = each.rule
            named = {
                "rule_id": rule.pk,
                "rule": rule.name,
                "team": rule.team.name,
                "connection": rule.connection.name,
                "kind": rule.kind,
            }
            for record, of in ((each.this, month), (each.last, month.before)):
                values = named | record_values(record, of)
                yield tuple(values[name] for name in HEAD)


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)

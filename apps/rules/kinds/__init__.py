"""The kinds of rule: one file each, one line here."""

from apps.common.plugins import Registry
from apps.rules.kinds.contract import Kind

KINDS: Registry[Kind] = Registry(
    "kind of rule",
    {
        "freshness": "apps.rules.kinds.freshness.Freshness",
        "volume": "apps.rules.kinds.volume.Volume",
        "schema": "apps.rules.kinds.schema.Schema",
        "nulls": "apps.rules.kinds.nulls.Nulls",
        "unique": "apps.rules.kinds.unique.Unique",
        "values": "apps.rules.kinds.values.Values",
        "range": "apps.rules.kinds.range.Range",
        "pattern": "apps.rules.kinds.pattern.Pattern",
        "references": "apps.rules.kinds.references.References",
        "completeness": "apps.rules.kinds.completeness.CompletenessOfPeriods",
        "distribution": "apps.rules.kinds.distribution.Distribution",
        "transitions": "apps.rules.kinds.transitions.Transitions",
        "survives": "apps.rules.kinds.survives.Survives",
        "sql": "apps.rules.kinds.sql.Sql",
        "reconciliation": "apps.rules.kinds.reconciliation.Reconciliation",
    },
)

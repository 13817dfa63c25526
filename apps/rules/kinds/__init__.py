"""The kinds of rule: one file each, one line here."""

from apps.common.plugins import Registry
from apps.rules.kinds.contract import Kind

KINDS: Registry[Kind] = Registry(
    "kind of rule",
    {
        "freshness": "apps.rules.kinds.freshness.Freshness",
        "volume": "apps.rules.kinds.volume.Volume",
        "schema": "apps.rules.kinds.schema.Schema",
    },
)

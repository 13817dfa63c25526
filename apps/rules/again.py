"""Checks that are wanted sooner than their schedule says: of tables whose supposed cause is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from apps.connections.services import TableName
from apps.rules.items import incident_key, unknown_key
from apps.rules.models import RuleState

SOON = timedelta(minutes=1)  # a table that was waiting for its source needs a moment of its own


def look_again(keys: Collection[str], now: datetime) -> None:
    """Let the states behind these incident keys be checked within a minute. Keys of other things are left out, and so
    is what somebody else is just storing: incidents are locked by now, and states come before those."""
    rule_ids = {int(parts[1]) for key in keys if (parts := key.split("/"))[0] == "rule" and parts[1].isdecimal()}
    if not rule_ids:
        return
    wanted = set(keys)
    states = RuleState.objects.filter(rule__in=rule_ids, next_check_at__gt=now + SOON)
    chosen = [
        pk
        for pk, rule_id, schema, table in states.values_list("pk", "rule_id", "schema", "table")
        if wanted & {key := incident_key(rule_id, TableName(schema, table)), unknown_key(key)}
    ]
    free = RuleState.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=chosen)
    RuleState.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(next_check_at=now + SOON)

"""The states of a rule: one per table, made, kept and ended as the rule or the tables change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.alerts.reports import withdraw
from apps.common.bulk import insert_rows
from apps.connections.models import Connection
from apps.connections.services import TableName, parse_table
from apps.rules.items import RuleWork, budget_key, connection_key, incident_key, unknown_key
from apps.rules.kinds.contract import Kind
from apps.rules.models import Rule, RuleState
from apps.rules.verdicts import COVER_EVERY

NEW_STATE = ("rule", "connection", "schema", "table", "next_check_at", "check_every", "attempts", "verdict", "mark",
             "memory", "lease_token")  # fmt: skip
PATTERNS = TableName("", "")


def cover_tables(work: RuleWork, connection: Connection, tables: Iterable[TableName], now: datetime) -> int:
    """Make the states that the rule's patterns lack. Returns how many; their first check is due at once."""
    if work.kind is None:
        return 0
    known = set(RuleState.objects.filter(rule=work.rule).values_list("schema", "table"))
    missing = [table for table in tables if table not in known]
    _insert(work.rule, connection, missing, int(work.kind.check_every.total_seconds()), now)
    return len(missing)


def fit_states(rule: Rule, kind: Kind, tables: Iterable[TableName], *, forget: bool, now: datetime) -> None:
    """Bring the states in line with a saved rule, and make its first check due at once.

    States of tables that the rule no longer names end, and so do their incidents. `forget`: what the kind remembers
    belongs to other settings and is dropped.
    """
    wanted = set(tables)
    hold_states([rule])
    if not rule.table:
        wanted |= {PATTERNS}
    states = {TableName(s.schema, s.table): s for s in RuleState.objects.filter(rule=rule)}
    end_states(rule, [name for name in states if name not in wanted], "The rule no longer covers this table.", now)
    kept = RuleState.objects.filter(rule=rule)
    seconds = int(kind.check_every.total_seconds())
    # Whoever is checking with the old settings is fenced off: its token no longer matches.
    kept.update(connection=rule.connection, check_every=seconds, lease_token="", lease_until=None, attempts=0)
    kept.filter(table="").update(check_every=int(COVER_EVERY.total_seconds()))
    if forget:
        kept.update(mark="", memory={})
    kept.update(next_check_at=None if rule.paused else now)
    missing = [name for name in sorted(wanted) if name not in states]
    _insert(rule, rule.connection, missing, seconds, None if rule.paused else now)


def end_states(rule: Rule, tables: Iterable[TableName], reason: str, now: datetime) -> None:
    """Remove states and close their incidents, saying why."""
    names = list(tables)
    if not names:
        return
    hold_states([rule])
    keys = [incident_key(rule.pk, name) for name in names]
    withdraw(keys=[*keys, *map(unknown_key, keys)], reason=reason, now=now)
    for name in names:
        RuleState.objects.filter(rule=rule, schema=name.schema, table=name.name).delete()
    _leave_connection(rule.connection_id, now)


def rest_states(rule: Rule, reason: str, now: datetime) -> None:
    """Stop checking (the rule was paused): nothing is due, no verdict stands, open incidents are closed."""
    hold_states([rule])
    states = RuleState.objects.filter(rule=rule)
    keys = [incident_key(rule.pk, TableName(*names)) for names in states.values_list("schema", "table")]
    withdraw(keys=[*keys, *map(unknown_key, keys)], reason=reason, now=now)
    states.update(next_check_at=None, verdict="", since=None, lease_token="", lease_until=None, attempts=0)
    _leave_connection(rule.connection_id, now)


def hold_states(rules: Iterable[Rule]) -> None:
    """Lock the states before the incidents, as whoever stores checks does: then neither waits for the other in a
    circle. Whoever ends the states of several rules in one transaction calls this for all of them first."""
    list(RuleState.objects.select_for_update(no_key=True).filter(rule__in=rules).order_by("pk").values_list("pk"))


def _leave_connection(connection_id: int, now: datetime) -> None:
    """Without a rule that looks, nobody would ever see that a failing connection is back."""
    if not RuleState.objects.filter(connection_id=connection_id, next_check_at__isnull=False).exists():
        reason = "No rule watches this connection any more."
        withdraw(keys=[connection_key(connection_id), budget_key(connection_id)], reason=reason, now=now)


def named_table(rule: Rule) -> list[TableName]:
    """The table that the rule names; nothing for a rule with patterns."""
    return [parse_table(rule.table)] if rule.table else []


def _insert(
    rule: Rule, connection: Connection, tables: Iterable[TableName], seconds: int, due: datetime | None
) -> None:
    insert_rows(
        RuleState,
        NEW_STATE,
        [
            (rule.pk, connection.pk, *table, due, seconds if table.name else int(COVER_EVERY.total_seconds()), 0, "",
             "", {}, "")
            for table in tables
        ],
        ignore_conflicts=True,
    )  # fmt: skip

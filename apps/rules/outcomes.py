"""Writing the outcomes of a pass: checks, observations, states, the catalogue, findings; all in one transaction.

Only states that still carry the batch's token are written: a worker that lost its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.common import fault
from apps.common.bulk import insert_rows, update_rows, upsert_rows
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import (
    LoginRefused,
    Look,
    TableName,
    Watch,
    note_answer,
    note_failure,
    save_watches,
)
from apps.rules.costs.spending import Spending
from apps.rules.costs.usage import add_usage
from apps.rules.findings import report_budget, report_connection, report_outcomes
from apps.rules.items import Item
from apps.rules.models import Check, Observation, RuleState
from apps.rules.states import cover_tables
from apps.rules.verdicts import Outcome, unknown

CHECK_FIELDS = ("state", "at", "verdict", "measured", "low", "high", "source", "trust", "reason")
SECOND_CHANCE = timedelta(seconds=30)  # the next look comes within a minute
STATE_FIELDS = ("verdict", "mark", "memory", "next_check_at")


@record
class Pass:
    """A finished look at a connection. `found`: the tables that the patterns of a rule match, by rule id. `spending`:
    what it asked of the store. `elsewhere`: what its rules asked of other connections."""

    outcomes: list[Outcome]
    found: Mapping[int, list[TableName]]
    looks: Mapping[TableName, Look]
    before: Mapping[TableName, Watch]
    watches: Mapping[TableName, Watch]
    spending: Spending
    elsewhere: Sequence[tuple[Connection, Spending]] = ()


@transaction.atomic
def store(connection: Connection, token: str, done: Pass, now: datetime) -> list[Outcome]:
    """Write a pass. Returns the outcomes whose states were still ours; what it cost is written in any case."""
    outcomes = _still_ours(token, done.outcomes)
    if not outcomes:
        _add_usages((connection, done.spending), *done.elsewhere)
        return []
    _write_results(token, outcomes, now)
    save_watches(connection, done.before, done.watches, now=now)
    rules = {outcome.item.work.rule.pk: outcome.item.work for outcome in outcomes}
    for rule_id, found in done.found.items():
        cover_tables(rules[rule_id], connection, found, now)
    tables = sum(look.kind == "table" for look in done.looks.values())
    recovered = note_answer(connection, tables=tables, views=len(done.looks) - tables, now=now)
    report_outcomes(connection, outcomes, now)
    if recovered:
        report_connection(connection, outcomes, None, now)
    report_budget(connection, outcomes, done.spending, now)
    # Last: a pass of the same connection waits for its rows.
    if done.elsewhere:
        _add_usages((connection, done.spending), *done.elsewhere)
    else:
        add_usage(connection, done.spending)
    fault.reached("result written")
    return outcomes


@transaction.atomic
def store_failure(
    connection: Connection, token: str, items: Sequence[Item], error: MidwatchError, now: datetime, spending: Spending
) -> list[Outcome]:
    """Nothing could be looked at: every rule is `unknown`, and the connection itself has the one incident."""
    outcomes = _still_ours(token, [unknown(item, str(error), now) for item in items])
    if outcomes:
        _write_results(token, outcomes, now)
        failing_since = note_failure(connection, reason=str(error), now=now, refused=isinstance(error, LoginRefused))
        # A store that may answer a moment later gets a second chance before anyone is told.
        if now - failing_since >= SECOND_CHANCE or not getattr(error, "retryable", False):
            report_connection(connection, outcomes, error, now)
        add_usage(connection, spending)
    else:
        _add_usages((connection, spending))
    return outcomes


def _add_usages(*bills: tuple[Connection, Spending]) -> None:
    """Add what was asked of connections that may be gone by now. In the order of their keys, so that two passes never
    wait for each other in a circle."""
    keys = [connection.pk for connection, _ in bills]
    there = set(Connection.objects.filter(pk__in=keys).values_list("pk", flat=True))
    for connection, spending in sorted(bills, key=lambda bill: bill[0].pk):
        if connection.pk in there:
            add_usage(connection, spending)


def _still_ours(token: str, outcomes: list[Outcome]) -> list[Outcome]:
    rows = RuleState.objects.select_for_update().filter(lease_token=token).order_by("pk")
    ours = set(rows.values_list("pk", flat=True))
    return outcomes if len(ours) == len(outcomes) else [o for o in outcomes if o.item.state_id in ours]


def _write_results(token: str, outcomes: list[Outcome], now: datetime) -> None:
    insert_rows(
        Check,
        CHECK_FIELDS,
        [
            (o.item.state_id, now, j.verdict, j.measured, j.low, j.high, j.source, j.trust.value, j.reason)
            for o in outcomes
            for j in (o.judgement,)
        ],
    )
    upsert_rows(
        Observation,
        ("state", "measure", "segment", "at", "value", "source", "trust"),
        [
            (
                o.item.state_id,
                reading.measure,
                reading.segment,
                reading.at,
                reading.value,
                o.judgement.source,
                o.judgement.trust.value,
            )
            for o in outcomes
            for reading in o.judgement.readings
        ],
        key=("state", "measure", "segment", "at"),
    )
    RuleState.objects.filter(lease_token=token).update(last_check_at=now, lease_token="", lease_until=None, attempts=0)
    update_rows(RuleState, STATE_FIELDS, [_state_row(o) for o in outcomes if o.changed])
    turned = [o.item.state_id for o in outcomes if o.judgement.verdict != o.item.verdict]
    update_rows(RuleState, ("since",), [(now, state_id) for state_id in turned])


def _state_row(outcome: Outcome) -> tuple[object, ...]:
    judgement = outcome.judgement
    next_check = outcome.sooner or outcome.item.next_check_at
    return (judgement.verdict, outcome.mark, dict(judgement.memory), next_check, outcome.item.state_id)

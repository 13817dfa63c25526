"""One pass over the claimed rules of one connection, from opening the store to stored results.

The story is told once, here: look at all tables at once, read the few that need it, judge (pure), and write everything
in one transaction. `outcomes.store` does the writing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.alerts.services import open_keys
from apps.common.errors import MidwatchError
from apps.connections.models import Connection
from apps.connections.services import (
    Engine,
    Look,
    TableName,
    evidence,
    load_watches,
    look_again,
    open_engine,
)
from apps.rules.due import Lease
from apps.rules.items import Item, load_items
from apps.rules.kinds.contract import Known, Want
from apps.rules.outcomes import Pass, store, store_failure
from apps.rules.scan import Answers, Scanner
from apps.rules.verdicts import Outcome, cover, hindrance, judge, known_of, unknown

Clock = Callable[[], datetime]
log = logging.getLogger("midwatch.rules")


def run_batch(*, connection_id: int, token: str, clock: Clock) -> list[Outcome]:
    """Check everything that was claimed with `token`. Returns the outcomes that were stored.

    A store that cannot be reached is an outcome (`unknown`), never an exception.
    """
    connection = Connection.objects.get(pk=connection_id)
    items = load_items(connection, token)
    if not items:
        return []
    try:
        done = _look_and_judge(connection, items, token, clock)
    except MidwatchError as error:
        log.warning("Connection %s: %s", connection.name, error)
        return store_failure(connection, token, items, error, clock())
    return store(connection, token, done, clock())


def _look_and_judge(connection: Connection, items: list[Item], token: str, clock: Clock) -> Pass:
    now = clock()
    before = load_watches(connection)
    with open_engine(connection=connection) as engine:
        looks = engine.observe()
        items = [_with_view(item, looks) for item in items]
        stuck = {item.state_id: reason for item in items if (reason := hindrance(item, looks))}
        fit = [item for item in items if item.state_id not in stuck and not item.covers]
        watches = look_again(engine, looks, before, evidence_for={item.table for item in fit}, now=now)
        known = {item.state_id: known_of(item, looks[item.table], evidence(engine, watches.get(item.table)))
                 for item in fit}  # fmt: skip
        lease = Lease(token, now)
        answers = _read(engine, connection, fit, known, now, lambda: lease.keep(clock()))
    # Judged by the time of the look, not of the answers: what a slow pass did not see must not count against a table.
    outcomes, found = _judge_all(items, stuck, looks, known, answers, now)
    return Pass(outcomes, found, looks, before, watches)


def _with_view(item: Item, looks: Mapping[TableName, Look]) -> Item:
    look = looks.get(item.table)
    if look is None or look.kind != "view":
        return item
    return replace(item, subject=replace(item.subject, is_view=True))


def _read(
    engine: Engine, connection: Connection, items: list[Item], known: Mapping[int, Known], now: datetime,
    still_mine: Callable[[], None],
) -> Answers:  # fmt: skip
    """Ask each kind what it wants, and read it; all wants of a table together."""
    wants: dict[TableName, list[Want]] = {}
    for item in items:
        kind = item.work.kind
        for want in kind.wants(item.subject, known[item.state_id], now) if kind else ():
            wants.setdefault(item.table, []).append(want)
    return Scanner(engine, ZoneInfo(connection.timezone), now, still_mine).read(wants)


def _judge_all(
    items: list[Item], stuck: Mapping[int, str], looks: Mapping[TableName, Look], known: Mapping[int, Known],
    answers: Answers, now: datetime,
) -> tuple[list[Outcome], dict[int, list[TableName]]]:  # fmt: skip
    """An outcome per item, and per rule with patterns the tables that they match now."""
    still_open = open_keys(keys=[item.key for item in items if item.verdict == "breached"])
    outcomes: list[Outcome] = []
    found: dict[int, list[TableName]] = {}
    nothing: dict[Want, Any] = {}
    for item in items:
        if reason := stuck.get(item.state_id) or (answers.problems.get(item.table) if not item.covers else ""):
            outcomes.append(unknown(item, reason, now))
        elif item.covers:
            outcome, found[item.work.rule.pk] = cover(item, looks, now)
            outcomes.append(outcome)
        else:
            accepted = item.verdict == "breached" and item.key not in still_open
            values = answers.values.get(item.table, nothing)
            outcomes.append(judge(item, looks[item.table], known[item.state_id], values, now, accepted=accepted))
    return outcomes, found

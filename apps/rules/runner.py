"""One pass over the claimed rules of one connection, from opening the store to stored results.

The story is told once, here: look at all tables at once, read the few that need it, judge (pure), and write everything
in one transaction. `outcomes.store` does the writing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.errors import MidwatchError
from apps.connections.models import Connection
from apps.connections.services import (
    Look,
    TableName,
    evidence,
    hold_off,
    load_watches,
    look_again,
    open_engine,
)
from apps.rules.acceptance import accepted
from apps.rules.asks import Place, Problem, asks_of, payer_of, place_of
from apps.rules.costs.spending import Spending
from apps.rules.costs.usage import spending_of
from apps.rules.due import Lease
from apps.rules.elsewhere import calls_of, read_elsewhere
from apps.rules.feedback.marking import with_marks
from apps.rules.items import Item, load_items
from apps.rules.kinds.contract import Kind, Known
from apps.rules.kinds.wants import Elsewhere, Want
from apps.rules.outcomes import Pass, store, store_failure
from apps.rules.scan import Scanner
from apps.rules.verdicts import FAILED, Outcome, cover, hindrance, judge, known_of, look_of, not_read, unknown

Clock = Callable[[], datetime]
log = logging.getLogger("midwatch.rules")


def run_batch(*, connection_id: int, token: str, clock: Clock) -> list[Outcome]:
    """Check everything that was claimed with `token`. Returns the outcomes that were stored.

    A store that cannot be reached is an outcome (`unknown`), never an exception.
    """
    lease = Lease.of(token)
    if lease is None:
        return []
    lease.keep(clock())  # it may have waited long for a free worker
    connection = Connection.objects.get(pk=connection_id)
    items = load_items(connection, token)
    spending = spending_of(connection, clock(), lot=int(token, 16))
    try:
        done = _look_and_judge(connection, items, lease, clock, spending)
    except MidwatchError as error:
        log.warning("Connection %s: %s", connection.name, error)
        return store_failure(connection, token, items, error, clock(), spending)
    return store(connection, token, done, clock())


def _look_and_judge(connection: Connection, items: list[Item], lease: Lease, clock: Clock, spending: Spending) -> Pass:
    now = clock()

    def still_mine() -> None:
        lease.keep(clock())

    hold_off(connection, now)
    before = load_watches(connection)
    with open_engine(connection=connection) as engine:
        with spending.counting(engine):
            looks = engine.observe()
        still_mine()
        items = [_with_view(item, looks) for item in items]
        stuck = {item.state_id: reason for item in items if (reason := hindrance(item, looks))}
        fit = [item for item in items if item.state_id not in stuck and not item.covers]
        with spending.counting(engine):
            watches = look_again(
                engine, looks, before, evidence_for={item.table for item in fit}, now=now, still_mine=still_mine
            )
        known = {
            item.state_id: known_of(item, look_of(item, looks), evidence(engine, watches.get(item.table)), type(engine))
            for item in fit
        }
        known = with_marks(known, fit, now)
        scanner = Scanner(engine, ZoneInfo(connection.timezone), now, still_mine, spending)
        answers, unread = _read(scanner, fit, known, now)
    # The store is let go before another one is waited for.
    calls = calls_of([item for item in fit if item.state_id not in unread], known, now)
    there = read_elsewhere(connection, calls, now=now, still_mine=still_mine, lot=spending.lot)
    answers = {state: {**values, **there.answers.get(state, {})} for state, values in answers.items()}
    unread |= there.problems
    # Judged by the time of the look, not of the answers: what a slow pass did not see must not count against a table.
    outcomes, found = _judge_all(items, stuck, looks, known, answers, unread, now)
    return Pass(outcomes, found, looks, before, watches, spending, there.bills)


def _with_view(item: Item, looks: Mapping[TableName, Look]) -> Item:
    look = looks.get(item.table)
    if look is None or look.kind != "view":
        return item
    return replace(item, subject=replace(item.subject, is_view=True))


def _read(
    scanner: Scanner, items: list[Item], known: Mapping[int, Known], now: datetime
) -> tuple[dict[int, dict[Want, Any]], dict[int, Problem]]:
    """Ask each kind what it wants, and read it; then what it wants beside, now that it knows that. Returns, by state,
    the answers, and why some are lacking."""
    judged = [(item, item.work.kind) for item in items if item.work.kind]
    payers = {item.state_id: payer_of(item.work.rule) for item in items}
    billed = scanner.engine.bills_bytes
    places = {item.state_id: place_of(item.table, payers[item.state_id], billed=billed) for item in items}
    # Nobody else pays for a rule's own statements, or is told of what is wrong with them.
    places |= {item.state_id: Place(item.table, item.work.rule.pk) for item, kind in judged if kind.own_statements}

    def read(wanted: Mapping[int, Sequence[Want]]) -> dict[int, dict[Want, Any]]:
        """What each asked, and nothing that others asked of its table: by that a kind knows what was read for it."""
        found = scanner.read(asks_of((places[state], payers[state], some) for state, some in wanted.items()))
        known_of_place = {state: found.values.get(places[state], {}) for state in wanted}
        return {state: {want: known_of_place[state][want] for want in some if want in known_of_place[state]}
                for state, some in wanted.items()}  # fmt: skip

    wants, lacking = _wanted(judged, lambda item, kind: kind.wants(item.subject, known[item.state_id], now))
    answers = read(wants)
    problems = {state: scanner.answers.lacking(places[state], some) for state, some in wants.items()}
    lacking |= {state: problem for state, problem in problems.items() if problem}
    whole = [(item, kind) for item, kind in judged if item.state_id not in lacking]
    more, failed = _wanted(
        whole, lambda item, kind: kind.wants_more(item.subject, known[item.state_id], answers[item.state_id], now)
    )
    # What is wanted beside only explains a breach: where it cannot be read, the breach is told without.
    beside = read(more) if any(more.values()) else {}
    return {state: {**some, **beside.get(state, {})} for state, some in answers.items()}, lacking | failed


def _wanted(
    judged: Sequence[tuple[Item, Kind]], ask: Callable[[Item, Kind], Sequence[Want]]
) -> tuple[dict[int, list[Want]], dict[int, Problem]]:
    """By state, what the kinds want of the connection itself. An error in a kind is the problem of its rule alone."""
    wants: dict[int, list[Want]] = {}
    failed: dict[int, Problem] = {}
    for item, kind in judged:
        try:
            wants[item.state_id] = [want for want in ask(item, kind) if not isinstance(want, Elsewhere)]
        except Exception:
            log.exception("Rule %s could not be asked what it wants of %s", item.work.rule.name, item.table)
            failed[item.state_id] = Problem(FAILED)
    return wants, failed


def _judge_all(
    items: list[Item], stuck: Mapping[int, str], looks: Mapping[TableName, Look], known: Mapping[int, Known],
    answers: Mapping[int, Mapping[Want, Any]], unread: Mapping[int, Problem], now: datetime,
) -> tuple[list[Outcome], dict[int, list[TableName]]]:  # fmt: skip
    """An outcome per item, and per rule with patterns the tables that they match now."""
    excused = accepted(items)
    outcomes: list[Outcome] = []
    found: dict[int, list[TableName]] = {}
    for item in items:
        if reason := stuck.get(item.state_id):
            outcomes.append(unknown(item, reason, now))
        elif problem := unread.get(item.state_id):
            outcomes.append(not_read(item, problem, now))
        elif item.covers:
            outcome, found[item.work.rule.pk] = cover(item, looks, now)
            outcomes.append(outcome)
        else:
            look, values = look_of(item, looks), answers[item.state_id]
            is_accepted = item.state_id in excused
            outcomes.append(judge(item, look, known[item.state_id], values, now, accepted=is_accepted))
    return outcomes, found

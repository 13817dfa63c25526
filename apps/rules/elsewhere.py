"""What rules want of other connections of their team: each is opened once in a pass, read-only, after the rules' own
connection was read and closed, and what it is asked counts in its own ledger.

Whatever goes wrong there is the reason why a rule is `unknown`; it never touches the other rules of the batch. Once a
statement was cut there in time, nothing more is asked of that connection in this pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from apps.common.errors import MidwatchError, near
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import (
    ENGINES,
    Budget,
    QueryFailed,
    QueryTimeout,
    TableName,
    hold_off,
    open_engine,
    parse_table,
)
from apps.rules.asks import Payer, Place, Problem, asks_of, payer_of
from apps.rules.costs.spending import Spending
from apps.rules.costs.usage import spending_of
from apps.rules.items import Item
from apps.rules.kinds.contract import Known
from apps.rules.kinds.wants import Elsewhere, Want
from apps.rules.readings import Reading
from apps.rules.scan import Answers, Scanner

Bill = tuple[Connection, Spending]


class Call(NamedTuple):
    """What the rule of a state wants elsewhere."""

    state_id: int
    table: TableName
    payer: Payer
    want: Elsewhere


@record
class Found:
    """By state, the answers, and why some are lacking; and what was asked of which connection."""

    answers: dict[int, dict[Want, Any]] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    bills: list[Bill] = field(default_factory=list)


class Guest(Scanner):
    """Reads a connection in passing: it waits for one statement that takes too long, and not for a second."""

    cut = False

    def _run(self, batch: Sequence[Reading], budget: Budget) -> list[Reading]:
        if self.cut:
            raise QueryFailed("Another statement took too long there, so it was asked nothing more in this pass.")
        try:
            return super()._run(batch, budget)
        except QueryTimeout:
            self.cut = True
            raise


def calls_of(items: Iterable[Item], known: Mapping[int, Known], now: datetime) -> list[Call]:
    """What these items want of other connections."""
    return [
        Call(item.state_id, item.table, payer_of(item.work.rule), want)
        for item in items
        if (kind := item.work.kind) and kind.own_statements and kind.other_connection
        for want in kind.wants(item.subject, known[item.state_id], now)
        if isinstance(want, Elsewhere)
    ]


def read_elsewhere(
    own: Connection, calls: Sequence[Call], *, now: datetime, still_mine: Callable[[], None], lot: int
) -> Found:
    """Answer the calls. `lot` chooses who comes first, so that it is not always the same who waits in vain."""
    found, begin = Found(), lot % max(1, len(calls))
    by_name: dict[str, list[Call]] = {}
    for call in [*calls[begin:], *calls[:begin]]:
        by_name.setdefault(call.want.connection, []).append(call)
    for name, some in by_name.items():
        there = find_connection(own, name)
        if there is None:
            found.problems.update({call.state_id: Problem(no_connection(own, name)) for call in some})
            continue
        spending = spending_of(there, now, lot=lot)
        found.bills.append((there, spending))
        _read(there, some, found, spending, now, still_mine)
    return found


def find_connection(own: Connection, name: str) -> Connection | None:
    """The connection of that name in the team of `own`; those of other teams cannot be reached."""
    return Connection.objects.filter(team=own.team_id, name=name).first()


def no_connection(own: Connection, name: str) -> str:
    names = Connection.objects.filter(team=own.team_id).exclude(pk=own.pk).values_list("name", flat=True)
    hint = near(name, names) or "Name another one in the rule."
    return f"The team has no connection {name!r}. {hint}"


def table_there(written: str, own: TableName, connection: Connection) -> TableName:
    """The table that is meant: as a person wrote it, else the one that is named like the rule's. Raises ValueError."""
    return parse_table(written, default_schema=ENGINES[connection.engine].default_schema) if written else own


def _read(
    there: Connection, calls: Sequence[Call], found: Found, spending: Spending, now: datetime,
    still_mine: Callable[[], None],
) -> None:  # fmt: skip
    answers, trouble = Answers(), Problem("It was not asked.")
    places: dict[Call, Place] = {}
    try:
        for call in calls:
            places[call] = Place(table_there(call.want.table, call.table, there), call.payer.rule_id)
        still_mine()
        hold_off(there, now)
        with open_engine(connection=there) as engine:
            guest = Guest(engine, ZoneInfo(there.timezone), now, still_mine, spending, answers)
            guest.read(asks_of((place, call.payer, [call.want]) for call, place in places.items()))
    except (MidwatchError, ValueError) as error:  # what was answered before stays
        trouble = Problem(f"It could not be asked. {error}")
    for call in calls:
        values: Mapping[Want, Any] = answers.values.get(places[call], {}) if call in places else {}
        if call.want in values:
            found.answers.setdefault(call.state_id, {})[call.want] = values[call.want]
            continue
        problem = answers.problems.get(places[call], trouble) if call in places else trouble
        # That its bytes of the day are used up is no business of the rule's own connection.
        found.problems[call.state_id] = problem._replace(text=f"{there.name}: {problem.text}", until=None)

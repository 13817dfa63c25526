"""What the pages about costs show: what each connection was asked and billed, by day and by rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet, Sum

from apps.common.records import record
from apps.common.sizes import bytes_words, dollars_of, dollars_words
from apps.connections.models import Connection, Usage
from apps.connections.services import ENGINES, Tariff, tariff_of
from apps.rules.models import Rule
from apps.teams.permissions import Grant, allowed

DAYS = 30
SHOWN = 200  # rules
SUMS = {"statements": Sum("statements"), "billed": Sum("bytes_billed")}
LOOKS = "Looks at all tables, and their columns"


class Amount(NamedTuple):
    """Statements and billed bytes, at the price of the connection."""

    statements: int
    billed: int
    price: float

    @property
    def bytes_words(self) -> str:
        return bytes_words(self.billed)

    @property
    def money(self) -> str:
        return dollars_words(dollars_of(self.billed, self.price))


@record
class Line:
    """One connection: today (UTC) and the last 30 days."""

    connection: Connection
    tariff: Tariff
    bills: bool
    today: Amount
    month: Amount
    begins_anew: datetime

    @property
    def budget_words(self) -> str:
        """`1.2 GB of 50 GB`; empty without a daily budget."""
        limit = self.tariff.per_day
        return f"{bytes_words(self.today.billed)} of {bytes_words(limit)}" if limit else ""

    @property
    def percent(self) -> int:
        """How much of the daily budget is used; a little is not nothing."""
        limit = self.tariff.per_day
        return min(100, -(-self.today.billed * 100 // limit)) if limit else 0


class Part(NamedTuple):
    """A day of a connection, or a rule of a day. `rule`: its id while it is there."""

    name: str
    amount: Amount
    day: date | None = None
    rule: int | None = None


@record
class ConnectionCosts:
    """The page of one connection. `day`: whose rules are shown; None: those of all 30 days. `more` rules, the cheapest,
    are left out."""

    line: Line
    days: list[Part]
    day: date | None
    rules: list[Part]
    more: int


def read_costs(grant: Grant, now: datetime) -> list[Line]:
    """A line for each connection that may be seen, the dearest first. Two queries, however many there are."""
    connections = list(allowed(Connection.objects.select_related("team"), grant))
    rows = _recent(now).filter(connection__in=connections).order_by().values_list("connection_id", "day")
    days: dict[int, dict[date, tuple[int, int]]] = {}
    for pk, day, statements, billed in rows.annotate(**SUMS):
        days.setdefault(pk, {})[day] = (statements, billed)
    lines = [_line(each, days.get(each.pk, {}), now) for each in connections]
    return sorted(lines, key=lambda line: (-line.month.billed, -line.month.statements, line.connection.name))


def read_connection(connection: Connection, day: date | None, now: datetime) -> ConnectionCosts:
    """The days of a connection, and its rules on one of them."""
    rows = _recent(now).filter(connection=connection).order_by()
    days = {of: (statements, billed) for of, statements, billed in rows.values_list("day").annotate(**SUMS)}
    line = _line(connection, days, now)
    rules = _rules(connection, rows.filter(day=day) if day else rows, line.tariff.price_per_tib)
    return ConnectionCosts(
        line=line,
        days=[Part("", Amount(*days[of], line.tariff.price_per_tib), of) for of in sorted(days, reverse=True)],
        day=day,
        rules=rules[:SHOWN],
        more=len(rules[SHOWN:]),
    )


def _recent(now: datetime) -> QuerySet[Usage]:
    return Usage.objects.filter(day__gt=now.astimezone(UTC).date() - timedelta(days=DAYS))


def _line(connection: Connection, days: dict[date, tuple[int, int]], now: datetime) -> Line:
    tariff, today = tariff_of(connection=connection), now.astimezone(UTC).date()
    return Line(
        connection=connection,
        tariff=tariff,
        bills=ENGINES[connection.engine].bills_bytes,
        today=_sum([days.get(today, (0, 0))], tariff),
        month=_sum(days.values(), tariff),
        begins_anew=datetime.combine(today + timedelta(days=1), time(), UTC),
    )


def _sum(amounts: Iterable[tuple[int, int]], tariff: Tariff) -> Amount:
    known = list(amounts)
    return Amount(sum(one for one, _ in known), sum(one for _, one in known), tariff.price_per_tib)


def _rules(connection: Connection, rows: QuerySet[Usage], price: float) -> list[Part]:
    """What each rule asked, the dearest first; under the name that it had last."""
    there = set(Rule.objects.filter(connection=connection).values_list("pk", flat=True))
    grouped: QuerySet[Any, Any] = rows.values_list("rule_key").annotate(name=Max("rule_name"), **SUMS)
    parts = [
        Part(name if key else LOOKS, Amount(statements, billed, price), rule=key if key in there else None)
        for key, name, statements, billed in grouped
    ]
    return sorted(parts, key=lambda part: (-part.amount.billed, -part.amount.statements, part.name))

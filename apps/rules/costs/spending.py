"""What one pass may spend on its connection today, and what it has spent so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from apps.common.sizes import bytes_words
from apps.connections.services import Engine, Tariff
from apps.rules.asks import LOOKS, Payer, Problem

__all__ = ["LOOKS", "Spending", "Spent"]


@dataclass(slots=True)
class Spent:
    """Statements that were sent, and bytes that were billed, for the rule of this name."""

    name: str = ""
    statements: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Spending:
    """`used` is what earlier passes were billed on this `day` (UTC). `by_rule` holds this pass, by the id of the rule.

    The bytes of a statement that several rules share are divided evenly among them. The statement itself cannot be
    divided: it is counted for one of them, chosen by `lot`, so that the sum over all rules is what the store was asked.
    """

    tariff: Tariff
    day: date
    used: int = 0
    lot: int = 0
    by_rule: dict[int, Spent] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return self.used + sum(spent.bytes for spent in self.by_rule.values())

    @property
    def rest(self) -> int | None:
        """What is left of the day; None: no limit."""
        return None if self.tariff.per_day is None else max(0, self.tariff.per_day - self.bytes)

    @property
    def used_up(self) -> bool:
        """Whether not even the smallest statement is left."""
        return self.rest is not None and self.rest < max(1, self.tariff.per_table)

    @property
    def begins_anew(self) -> datetime:
        """The start of the next day."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC)

    @property
    def over(self) -> Problem:
        """Why a check that reads data was not run, when that goes on, and what to do."""
        words = (
            f"Over budget: {bytes_words(self.bytes)} of the {bytes_words(self.tariff.per_day or 0)} that this "
            f"connection may be billed on a day (UTC) are used; what is left does not suffice for this check. It runs "
            f"again from {self.begins_anew:%H:%M} UTC on. To run it sooner, raise the connection's most bytes per day."
        )
        return Problem(words, dear=True, until=self.begins_anew)

    @contextmanager
    def counting(self, engine: Engine, payers: Sequence[Payer] = ()) -> Iterator[None]:
        """Count what the body asks of the store, for `payers` (none: a look), and let listings be billed what is left
        of the day."""
        statements, billed = engine.statements, engine.bytes_billed
        engine.bytes_limit = None if self.rest is None else billed + self.rest
        try:
            yield
        finally:
            engine.bytes_limit = None
            self.note(payers, engine.statements - statements, engine.bytes_billed - billed)

    def note(self, payers: Sequence[Payer], statements: int, billed: int) -> None:
        bearers = list(payers) or [LOOKS]
        chosen = bearers[self.lot % len(bearers)]
        each, odd = divmod(billed, len(bearers))
        for bearer in bearers:
            share = each + (odd if bearer is chosen else 0)
            own = statements if bearer is chosen else 0
            if share or own:
                spent = self.by_rule.setdefault(bearer.rule_id, Spent(bearer.name))
                spent.statements, spent.bytes = spent.statements + own, spent.bytes + share

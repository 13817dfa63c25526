"""What a rule would cost, in sentences for the form, the plan and the API. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.common.sizes import bytes_words, cost_words, dollars_of, dollars_words
from apps.rules.costs.estimate import MOST_TABLES, Bill, Cost

NAMED = 3  # tables that a sentence names


def cost_sentences(cost: Cost, now: datetime) -> str:
    """What each check, a day and the first check are billed, and which limits that would exceed."""
    return " ".join(_billed(cost, now) if cost.bills else _unbilled(cost))


def _billed(cost: Cost, now: datetime) -> Iterator[str]:
    price, usual, first = cost.tariff.price_per_tib, cost.usual, cost.first
    if not cost.tables:
        yield "No table matches yet, so nothing is read."
        return
    if not usual.bytes and not first.bytes:
        yield "Checks of this rule read nothing that is billed."
        return
    a_day = [bytes_words(cost.bytes_a_day), dollars_words(dollars_of(cost.bytes_a_day, price))]
    yield (
        f"Each check{_of_tables(cost)} reads {_most(cost)} {cost_words(usual.bytes, price)}; with "
        f"{cost.checks_a_day:,} checks a day {_most(cost)} {' and '.join(filter(None, a_day))} a day{_how(cost)}."
    )
    if first.bytes > usual.bytes:
        about = "about " if cost.extrapolated else ""
        yield f"The first check reads {_back(first, now)}{about}{cost_words(first.bytes, price)}."
    yield from _over_limits(cost)


def _over_limits(cost: Cost) -> Iterator[str]:
    """What would not run, and why."""
    least = min((limit for limit in (cost.max_bytes, cost.tariff.per_query) if limit is not None), default=0)
    if refused := cost.first.refused or cost.usual.refused:
        names = [str(name) for name in refused]
        some = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
        which = "Checks" if cost.usual.refused else "The first check, and so any,"
        reason = next((text for text in refused.values() if text), "")
        whose = "the rule allows per check" if least == cost.max_bytes else "the connection allows per query"
        yield f"{which} of {some} would not run: {reason or f'that is more than {whose} ({bytes_words(least)}).'}"
        return
    per_day = cost.tariff.per_day
    if per_day is not None and max(cost.bytes_a_day, cost.first.bytes) > per_day:
        yield f"That is more than {cost.connection} may be billed a day ({bytes_words(per_day)}): checks would wait."


def _unbilled(cost: Cost) -> Iterator[str]:
    yield f"Checks of {cost.connection} cost nothing per byte."
    if not cost.usual.statements and not cost.first.statements:
        yield "This rule looks at metadata alone."
        return
    first = f", the first check {_statements(cost.first)}" if cost.first.statements > cost.usual.statements else ""
    yield f"Each check{_of_tables(cost)} sends {_most(cost)} {_statements(cost.usual)}{first}; rules share them."


def _of_tables(cost: Cost) -> str:
    return "" if cost.tables == 1 else f" of the {cost.tables:,} tables"


def _most(cost: Cost) -> str:
    return "about" if cost.extrapolated else "at most"


def _how(cost: Cost) -> str:
    return f", as the first {MOST_TABLES:,} tables tell" if cost.extrapolated else ""


def _statements(bill: Bill) -> str:
    return "1 statement" if bill.statements == 1 else f"{bill.statements:,} statements"


def _back(bill: Bill, now: datetime) -> str:
    if bill.since is None:
        return ""
    days = round((now - bill.since) / timedelta(days=1))
    return f"{days:,} days back: " if days > 1 else ""

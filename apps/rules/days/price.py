"""What it would be billed to ask a data store for the days of a table. Asking for that costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.common.errors import InvalidInput
from apps.common.sizes import cost_words
from apps.connections.models import Connection
from apps.connections.services import ENGINES, Column, TableName, open_engine
from apps.rules.costs.estimate import Appraiser
from apps.rules.days.reading import Question, count_of, known_columns


def price_of_days(
    *, connection: Connection, table: TableName, column: str | None = None, days: int = 90, now: datetime
) -> str:
    """`at most 21 MB (less than 0.01 US dollars)`; empty where the store bills nothing by the byte.

    The most: whether the store keeps the table by days is known only once it was asked; where it does not, the rows are
    counted beside. Raises InvalidInput and EngineError.
    """
    if not ENGINES[connection.engine].bills_bytes:
        return ""
    question = Question(connection, table, column, days, now)
    columns = known_columns(question)
    with open_engine(connection=connection) as engine:
        tariff = engine.tariff
        if not columns:  # then they are listed first, and only that tells what comes after
            return f"at least {cost_words(2 * tariff.per_listing, tariff.price_per_tib)}"
        stored_by = next((each.name for each in columns if each.partition), None)
        looks = tariff.per_listing if column in (None, stored_by) else 0
        appraiser = Appraiser(engine, question.zone, now, {table: columns})
        return f"at most {cost_words(looks + _count(appraiser, question, columns), tariff.price_per_tib)}"


def _count(appraiser: Appraiser, question: Question, columns: Sequence[Column]) -> int:
    """The bytes of a count; 0 where none can be made, or it would be refused before it runs."""
    try:
        ask, _ = count_of(question, columns)
    except InvalidInput:
        return 0
    appraiser.listed[question.table] = columns
    appraiser.read([ask])
    return 0 if appraiser.bill.refused else appraiser.bill.bytes

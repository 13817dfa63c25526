"""What a rule measured for one value of the column by which it tells rows apart. A check is of all of them together; of
each there are the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.models import Observation, Rule
from apps.rules.results.question import Question, table_asked
from apps.rules.seen import amount_words

HEAD = ("id", "rule", "table", "segment", "at", "measure", "value", "source", "trust")
CHUNK = 2_000
OFFERED = 500
BY = ("each", "by")  # the settings that name the column
# Rows are counted; the other measures have the unit of their rule.
ROWS = ("rows_arrived", "row_count")


@record
class ValueLine:
    """One number, written out."""

    observation: Observation
    table: str
    words: str


def tells_apart(rule: Rule) -> bool:
    """Whether the rule judges the rows of each value of a column by themselves."""
    return any(rule.settings.get(name) for name in BY)


def segments_of(rule: Rule) -> list[str]:
    """The values that can be chosen among; none where the rule does not tell rows apart."""
    if not tells_apart(rule):
        return []
    rows = Observation.objects.filter(state__rule=rule).exclude(segment="").order_by("segment")
    return list(rows.values_list("segment", flat=True).distinct()[:OFFERED])


def values_of(rule: Rule, question: Question, segment: str) -> QuerySet[Observation]:
    """The numbers of this value, each with its state, the newest first. Raises InvalidInput."""
    rows = Observation.objects.filter(state__rule=rule, segment=segment).select_related("state")
    if table := table_asked(rule, question):
        rows = rows.filter(state__schema=table.schema, state__table=table.name)
    if question.since:
        rows = rows.filter(at__gte=question.since)
    if question.until:
        rows = rows.filter(at__lt=question.until)
    return rows.order_by("-at", "-pk")


def value_line(unit: str, observation: Observation) -> ValueLine:
    """As the page shows it."""
    table = str(TableName(observation.state.schema, observation.state.table))
    own = "rows" if observation.measure in ROWS else unit
    return ValueLine(observation, table, amount_words(own, observation.value))


def export_values(rule: Rule, values: QuerySet[Observation]) -> Iterator[tuple[Any, ...]]:
    """A row per number, the newest first, read in chunks as those of checks are."""
    last = None
    while True:
        rows = values if last is None else values.filter(pk__lt=last)
        chunk = list(rows.order_by("-pk")[:CHUNK])
        for each in chunk:
            table = str(TableName(each.state.schema, each.state.table))
            yield (
                each.pk, rule.name, table, each.segment, each.at, each.measure, each.value, each.source, each.trust,
            )  # fmt: skip
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk

"""The record of a rule as the page shows it: each number with its name, and above that of the month before."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat

from apps.rules.precision.reading import RuleRecord
from apps.rules.precision.record import Record

Cell = tuple[str, str, str]


def _nothing(record: Record) -> str:
    share = f" ({floatformat(record.noise, -1)} %)" if record.noise else ""
    return f"{intcomma(record.not_real)}{share}"


COLUMNS: tuple[tuple[str, Callable[[Record], str]], ...] = (
    ("Alerts", lambda record: intcomma(record.alerts)),
    ("Real", lambda record: intcomma(record.real)),
    ("For nothing", _nothing),
    ("Nothing said", lambda record: intcomma(record.unsaid)),
    ("Missed", lambda record: intcomma(record.missed)),
    ("Precision", lambda record: "–" if record.precision is None else f"{floatformat(record.precision, -1)} %"),
    ("Alerts per table", lambda record: "–" if record.per_table is None else floatformat(record.per_table, -2)),
    ("Checks", lambda record: "–" if record.checks is None else intcomma(record.checks)),
)


def cells(of: RuleRecord) -> list[Cell]:
    """The name of each column, the number, and the one of the month before."""
    return [(name, words(of.this), words(of.last)) for name, words in COLUMNS]

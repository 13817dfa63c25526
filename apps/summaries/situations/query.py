"""What a query that a person wrote gave: a number beyond its limits, or rows that must not exist."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, counted, figure, rows_of

SAMPLE_LIMIT = 200
TOLD = 3  # rows in a message; the page shows all that are kept
TITLE = ngettext_lazy("{table} has {number} row that must not exist", "{table} has {number} rows that must not exist")


def _samples(facts: Facts) -> list[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in facts.get("samples") or []]


def _number(facts: Facts) -> str:
    return figure(clean(facts.get("number"), NAME_LIMIT))


def _expected(facts: Facts) -> str:
    return told(clean(facts.get("expected"), NAME_LIMIT))


QUERY_NUMBER = Situation(
    title=lambda facts: _("The query of {table} gives {number}").format(table=table_of(facts), number=_number(facts)),
    explain=lambda facts: _("It should give {expected}.").format(expected=_expected(facts)),
    details=lambda facts: [(_("Number"), _number(facts)), (_("Expected"), _expected(facts))],
    over=lambda facts: _("The query of {table} is within its limits again").format(table=table_of(facts)),
    returned=lambda facts: _("The query of {table} gives a number within its limits again.").format(
        table=table_of(facts)
    ),
)


def _row_explain(facts: Facts) -> str:
    shown = ", ".join(f"({sample})" for sample in _samples(facts)[:TOLD])
    such_as = _("Such as: {samples}.").format(samples=shown) if shown else ""
    none = _("The query of the rule should find none.")
    return f"{none} {such_as}".strip()


def _row_details(facts: Facts) -> Details:
    rows = [(_("Row {place}").format(place=place), sample) for place, sample in enumerate(_samples(facts), 1)]
    return [(_("Found"), rows_of(facts.get("rows") or 0)), *rows]


QUERY_ROWS = Situation(
    title=lambda facts: counted(facts.get("rows") or 0, TITLE, table=table_of(facts)),
    explain=_row_explain,
    details=_row_details,
    over=lambda facts: _("{table} has no rows any more that must not exist").format(table=table_of(facts)),
    returned=lambda facts: _("{table} has no rows any more that must not exist.").format(table=table_of(facts)),
)

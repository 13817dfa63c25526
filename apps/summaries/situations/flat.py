"""A table whose number of rows does not change, or to which exactly the same number is added again and again."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.situations.shape import Details, Situation, table_of
from apps.summaries.words import Facts, length, rows_of


def _title(facts: Facts) -> str:
    rows = facts.get("rows") or 0
    if not facts.get("per"):
        form = _("{table} has had exactly {rows} {lasting}")
    elif not rows:
        form = _("{table} has received no row {lasting}")
    elif facts["per"] == "1h":
        form = _("{table} has received exactly {rows} an hour {lasting}")
    else:
        form = _("{table} has received exactly {rows} a day {lasting}")
    return form.format(table=table_of(facts), rows=rows_of(rows), lasting=_lasting(facts))


def _lasting(facts: Facts) -> str:
    if facts.get("same_seconds") is None:
        return _("for too long")
    return _("for {length}").format(length=length(facts["same_seconds"], dative=True))


def _explain(facts: Facts) -> str:
    if facts.get("flat_seconds") is None:
        return ""
    return _("The rule alerts when that lasts {length}.").format(length=length(facts["flat_seconds"]))


def _details(facts: Facts) -> Details:
    return [
        (_("Rows"), rows_of(facts.get("rows") or 0)),
        (_("The same for"), length(facts.get("same_seconds"))),
        (_("Limit"), length(facts.get("flat_seconds"))),
    ]


FLAT = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: _("The rows of {table} change again").format(table=table_of(facts)),
    returned=lambda facts: _("The rows of {table} change again.").format(table=table_of(facts)),
)

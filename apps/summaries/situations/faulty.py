"""Rows that break a rule about their values."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, segment_of, table_of
from apps.summaries.words import Facts, clean, counted, percent, rows_of, sentence

FAULT_LIMIT = 200
SAMPLE_LIMIT = 200
NOTE_LIMIT = 300
TITLE = ngettext_lazy("{number} row of {table} {fault}", "{number} rows of {table} {fault}")
ALLOWED = ngettext_lazy("at most {number} is allowed", "at most {number} are allowed")
ALLOWED_ALONE = ngettext_lazy("At most {number} is allowed.", "At most {number} are allowed.")


def _title(facts: Facts) -> str:
    fault = told(clean(facts.get("fault") or _("break the rule"), FAULT_LIMIT))
    return counted(facts.get("faulty") or 0, TITLE, table=table_of(facts), fault=fault)


def _explain(facts: Facts) -> str:
    samples = "; ".join(_samples(facts))
    shown = _("Such as: {samples}.").format(samples=samples) if samples else ""
    note = sentence(told(clean(facts.get("note"), NOTE_LIMIT)))
    return " ".join(part for part in (_of(facts), note, shown) if part)


def _of(facts: Facts) -> str:
    """How many that is, and how many are fine: `That is 0.2 % of 1,204 rows; at most 1 is allowed.`"""
    allowed, rows = facts.get("allowed") or 0, facts.get("rows")
    if not rows:
        return counted(allowed, ALLOWED_ALONE) if allowed else ""
    most = counted(allowed, ALLOWED) if allowed else _("none is allowed")
    share = percent(100 * (facts.get("faulty") or 0) / rows)
    values = {
        "share": _("less than 0.1 %") if share == "0 %" else share,
        "rows": rows_of(rows),
        "segment": segment_of(facts),
        "most": most,
    }
    if facts.get("segments"):
        return _("That is {share} of {rows} with {segment}; {most}.").format(**values)
    return _("That is {share} of {rows}; {most}.").format(**values)


def _details(facts: Facts) -> Details:
    rows = facts.get("rows")
    return [
        (_("Faulty"), rows_of(facts.get("faulty") or 0)),
        (_("Of"), "" if rows is None else rows_of(rows)),
        (_("Allowed"), rows_of(facts.get("allowed") or 0)),
        (_("Columns"), ", ".join(clean(name, NAME_LIMIT) for name in facts.get("columns") or [])),
        (_("Such as"), "; ".join(_samples(facts))),
    ]


def _samples(facts: Facts) -> list[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in facts.get("samples") or []]


FAULTY = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: _("The rows of {table} are as they should be again").format(table=table_of(facts)),
    returned=lambda facts: _("The rows of {table} are as they should be again.").format(table=table_of(facts)),
)

"""Rows that break a rule about their values."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, segment_of, table_of
from apps.summaries.words import Facts, clean, count, percent, sentence

FAULT_LIMIT = 200
SAMPLE_LIMIT = 200
NOTE_LIMIT = 300


def _title(facts: Facts) -> str:
    fault = clean(facts.get("fault") or "break the rule", FAULT_LIMIT)
    return f"{count(facts.get('faulty') or 0, 'row')} of {table_of(facts)} {fault}"


def _explain(facts: Facts) -> str:
    samples = "; ".join(_samples(facts))
    shown = f"Such as: {samples}." if samples else ""
    note = sentence(clean(facts.get("note"), NOTE_LIMIT))
    return " ".join(part for part in (_of(facts), note, shown) if part)


def _of(facts: Facts) -> str:
    """How many that is, and how many are fine: `That is 0.2 % of 1,204 rows; at most 1 is allowed.`"""
    allowed, rows = facts.get("allowed") or 0, facts.get("rows")
    most = f"at most {allowed:,} {'is' if allowed == 1 else 'are'} allowed" if allowed else "none is allowed"
    if not rows:
        return f"{most[:1].upper()}{most[1:]}." if allowed else ""
    share = percent(100 * (facts.get("faulty") or 0) / rows)
    where = f" with {segment_of(facts)}" if facts.get("segments") else ""
    return f"That is {'less than 0.1 %' if share == '0 %' else share} of {count(rows, 'row')}{where}; {most}."


def _details(facts: Facts) -> Details:
    rows = facts.get("rows")
    return [
        ("Faulty", count(facts.get("faulty") or 0, "row")),
        ("Of", "" if rows is None else count(rows, "row")),
        ("Allowed", count(facts.get("allowed") or 0, "row")),
        ("Columns", ", ".join(clean(name, NAME_LIMIT) for name in facts.get("columns") or [])),
        ("Such as", "; ".join(_samples(facts))),
    ]


def _samples(facts: Facts) -> list[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in facts.get("samples") or []]


FAULTY = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: f"The rows of {table_of(facts)} are as they should be again",
    returned=lambda facts: f"The rows of {table_of(facts)} are as they should be again.",
)

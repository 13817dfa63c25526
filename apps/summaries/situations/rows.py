"""Too few or too many rows, of a period or in all."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, counted, figure, percent, period, rows_of

EXPECTED = ngettext_lazy("{seen}; {number} was expected", "{seen}; {number} were expected")
AT_LEAST = ngettext_lazy("at least {number} row are needed", "at least {number} rows are needed")
AT_MOST = ngettext_lazy("at most {number} row are fine", "at most {number} rows are fine")


def _arrived(facts: Facts) -> bool:
    """Whether rows were counted in a period; otherwise all rows of the table were."""
    return bool(facts.get("per"))


def _difference(facts: Facts, baseline: str) -> str:
    """`65 % below the mean of the last 30 days`; empty where no expectation can be divided by."""
    value = facts.get("difference_percent")
    if value is None:
        return ""
    form = _("{percent} below {baseline}") if value < 0 else _("{percent} above {baseline}")
    return form.format(percent=percent(value), baseline=baseline)


def _rows_title(facts: Facts) -> str:
    arrived, fewer = _arrived(facts), facts.get("situation") == "drop"
    if facts.get("difference_percent") is not None:
        forms = {
            (True, True): _("{table} received {percent} fewer rows than expected"),
            (True, False): _("{table} received {percent} more rows than expected"),
            (False, True): _("{table} holds {percent} fewer rows than expected"),
            (False, False): _("{table} holds {percent} more rows than expected"),
        }
        share = percent(facts["difference_percent"])
        return forms[arrived, fewer].format(table=table_of(facts), percent=share)
    forms = {
        (True, True): _("{table} received {rows}, too few"),
        (True, False): _("{table} received {rows}, too many"),
        (False, True): _("{table} holds {rows}, too few"),
        (False, False): _("{table} holds {rows}, too many"),
    }
    return forms[arrived, fewer].format(table=table_of(facts), rows=rows_of(facts.get("rows") or 0))


def _rows_seen(facts: Facts) -> str:
    """`1,204 rows on 21 Nov 2026 (UTC)`."""
    return f"{rows_of(facts.get('rows') or 0)} {period(facts)}".strip()


def _rows_explain(facts: Facts) -> str:
    seen = (_("It received {rows}") if _arrived(facts) else _("It holds {rows}")).format(rows=_rows_seen(facts))
    expected, baseline = facts.get("expected_rows"), _baseline(facts)
    if expected is None:
        return f"{seen}; {_allowed(facts)}." if _allowed(facts) else f"{seen}."
    about = counted(round(expected), EXPECTED, seen=seen)
    compared = (_difference(facts, baseline) or baseline) if baseline else ""
    return f"{about} ({compared})." if compared else f"{about}."


def _baseline(facts: Facts) -> str:
    return told(clean(facts.get("baseline_words"), NAME_LIMIT))


def _allowed(facts: Facts) -> str:
    low, high = facts.get("low"), facts.get("high")
    if low is not None and high is not None:
        values = {"low": figure(f"{low:,.0f}"), "high": figure(f"{high:,.0f}")}
        return _("from {low} to {high} rows are fine").format(**values)
    if low is not None:
        return counted(round(low), AT_LEAST)
    return counted(round(high), AT_MOST) if high is not None else ""


def _rows_details(facts: Facts) -> Details:
    expected = facts.get("expected_rows")
    return [
        (_("Seen"), _rows_seen(facts)),
        (_("Expected"), rows_of(round(expected)) if expected is not None else ""),
        (_("Difference"), _difference(facts, _baseline(facts) or _("what was expected"))),
        (_("Limits"), _allowed(facts)),
    ]


def _rows_returned(facts: Facts) -> str:
    if facts.get("rows") is None:
        return _("{table} has the expected number of rows again.").format(table=table_of(facts))
    form = _("{table} received {rows}, which is as expected.")
    if not _arrived(facts):
        form = _("{table} holds {rows}, which is as expected.")
    return form.format(table=table_of(facts), rows=_rows_seen(facts))


ROWS = Situation(
    title=_rows_title,
    explain=_rows_explain,
    details=_rows_details,
    over=lambda facts: _("{table} has the expected number of rows again").format(table=table_of(facts)),
    returned=_rows_returned,
)

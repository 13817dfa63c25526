"""Days or hours without rows."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, count, counted, whole

TITLES = {
    "day": ngettext_lazy("{table} has no rows for {number} day", "{table} has no rows for {number} days"),
    "hour": ngettext_lazy("{table} has no rows for {number} hour", "{table} has no rows for {number} hours"),
}


def _title(facts: Facts) -> str:
    number, period = facts.get("count") or 0, clean(facts.get("periods") or "day", NAME_LIMIT)
    if period in TITLES:
        return counted(number, TITLES[period], table=table_of(facts))
    return _("{table} has no rows for {periods}").format(table=table_of(facts), periods=count(number, period))


def _names(facts: Facts) -> str:
    names = ", ".join(told(clean(name, NAME_LIMIT)) for name in facts.get("missing") or [])
    more = (facts.get("count") or 0) - len(facts.get("missing") or [])
    return _("{names} and {number} more").format(names=names, number=whole(more)) if more > 0 else names


def _explain(facts: Facts) -> str:
    return _("Missing: {names}.").format(names=_names(facts)) if facts.get("missing") else ""


def _details(facts: Facts) -> Details:
    return [(_("Missing"), _names(facts))]


GAPS = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: _("{table} is complete again").format(table=table_of(facts)),
    returned=lambda facts: _("{table} is complete again.").format(table=table_of(facts)),
)

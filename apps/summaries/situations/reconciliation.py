"""Two tables or queries that should hold the same rows or sums, and do not."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, capitalised, clean, counted, sentence, whole

SAMPLE_LIMIT = 200
TOLD = 3  # keys of each sort in a message
SORTS = ("missing_here", "missing_there", "different", "repeated")
TITLE = ngettext_lazy(
    "{table} and {other} do not agree: {number} difference", "{table} and {other} do not agree: {number} differences"
)


def _other(facts: Facts) -> str:
    return clean(facts.get("other") or _("the other side"), 2 * NAME_LIMIT)


def _samples(facts: Facts, sort: str, most: int = TOLD) -> Sequence[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in (facts.get("samples") or {}).get(sort, [])[:most]]


def _words(facts: Facts, sort: str) -> str:
    """What a sort of difference is called, to follow its number."""
    return {
        "missing_here": _("missing in {table}").format(table=table_of(facts)),
        "missing_there": _("missing in {table}").format(table=_other(facts)),
        "different": _("with another sum") if facts.get("sums") else _("with other values"),
        "repeated": _("there more than once"),
    }[sort]


def _title(facts: Facts) -> str:
    return counted(facts.get("differences") or 0, TITLE, table=table_of(facts), other=_other(facts))


def _explain(facts: Facts) -> str:
    parts = []
    for sort in SORTS:
        if number := facts.get(sort) or 0:
            shown = "; ".join(_samples(facts, sort))
            parts.append(f"{whole(number)} {_words(facts, sort)}{f' ({shown})' if shown else ''}")
    if keyless := facts.get("keyless") or 0:
        parts.append(_("{number} without a key").format(number=whole(keyless)))
    found = _("Of {number} compared: {parts}.").format(number=whole(facts.get("compared") or 0), parts=", ".join(parts))
    allowed = facts.get("allowed") or 0
    most = _("At most {number} may differ.").format(number=whole(allowed)) if allowed else ""
    hint = sentence(told(clean(facts.get("hint"), SAMPLE_LIMIT)))
    return " ".join(part for part in (found, most, hint) if part)


def _details(facts: Facts) -> Details:
    details = [(_("Compared"), whole(facts.get("compared") or 0)), (_("With"), _other(facts))]
    for sort in SORTS:
        if number := facts.get(sort) or 0:
            shown = "; ".join(_samples(facts, sort, 10))
            details.append((capitalised(_words(facts, sort)), f"{whole(number)}{f': {shown}' if shown else ''}"))
    if keyless := facts.get("keyless") or 0:
        details.append((_("Without a key"), whole(keyless)))
    return details


RECONCILIATION = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: _("{table} and {other} agree again").format(table=table_of(facts), other=_other(facts)),
    returned=lambda facts: _("{table} and {other} agree again.").format(table=table_of(facts), other=_other(facts)),
)

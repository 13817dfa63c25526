"""A connection that cannot be used, or may be billed no more today."""

from __future__ import annotations

from apps.common.sizes import bytes_words
from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, no_details, reason_of
from apps.summaries.words import Facts, clean, counted, figure, moment, whole

WAITING = ngettext_lazy("{number} rule cannot be checked until then.", "{number} rules cannot be checked until then.")
TOO_MUCH = ngettext_lazy(
    "What {number} rule would read is more than is left, so they are not checked; they are checked again by "
    "themselves {anew}.",
    "What {number} rules would read is more than is left, so they are not checked; they are checked again by "
    "themselves {anew}.",
)


def _connection(facts: Facts) -> str:
    return clean(facts.get("connection") or _("without a name"), NAME_LIMIT)


def _connection_explain(facts: Facts) -> str:
    waiting = counted(facts["rules"], WAITING) if facts.get("rules") else ""
    return f"{reason_of(facts)} {waiting}".strip()


def _budget_explain(facts: Facts) -> str:
    used, most = _bytes(facts, "used_bytes"), _bytes(facts, "limit_bytes")
    if facts.get("begins_anew"):
        anew = _("from {moment} on").format(moment=moment(facts, "begins_anew"))
    else:
        anew = _("when the next day begins in UTC")
    return " ".join(
        (
            _("{used} of {most} were billed so far.").format(used=used, most=most),
            counted(facts.get("rules") or 0, TOO_MUCH, anew=anew),
            _("To check them sooner, raise the connection's most bytes per day. Rules that read nothing go on."),
        )
    )


def _budget_details(facts: Facts) -> Details:
    anew = moment(facts, "begins_anew") if facts.get("begins_anew") else ""
    return [
        (_("Billed today"), _bytes(facts, "used_bytes")),
        (_("Most bytes per day"), _bytes(facts, "limit_bytes")),
        (_("Rules that wait"), whole(facts.get("rules") or 0)),
        (_("Begins anew"), anew),
    ]


def _bytes(facts: Facts, name: str) -> str:
    if facts.get(name) is None:
        return _("an unknown amount")
    number, unit = bytes_words(facts[name]).split(" ")
    shown = {"byte": _("byte"), "bytes": _("bytes")}.get(unit, unit)
    return f"{figure(number)} {shown}"


CONNECTION = Situation(
    title=lambda facts: _("The connection {name} cannot be used").format(name=_connection(facts)),
    explain=_connection_explain,
    details=no_details,
    over=lambda facts: _("The connection {name} can be used again").format(name=_connection(facts)),
    returned=lambda facts: _("The connection {name} can be used again.").format(name=_connection(facts)),
)
BUDGET = Situation(
    title=lambda facts: _("The connection {name} may be billed no more bytes today").format(name=_connection(facts)),
    explain=_budget_explain,
    details=_budget_details,
    over=lambda facts: _("The connection {name} may be billed again").format(name=_connection(facts)),
    returned=lambda facts: _("The connection {name} may be billed again, so its rules are checked.").format(
        name=_connection(facts)
    ),
)

"""Midwatch itself does not work as it should."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.phrases import told
from apps.summaries.situations.shape import REASON_LIMIT, Details, Situation, reason_of
from apps.summaries.words import Facts, clean, moment, sentence


def _title(facts: Facts) -> str:
    return told(clean(facts.get("trouble_title"), REASON_LIMIT)) or _("Midwatch itself needs attention")


def _over(facts: Facts) -> str:
    return told(clean(facts.get("over"), REASON_LIMIT)) or _("Midwatch itself works again")


def _details(facts: Facts) -> Details:
    began = moment(facts, "began_at") if facts.get("began_at") else ""
    return [(_("Since"), began), (_("What it means"), _("Alerts may be late or missing until this is put right."))]


MIDWATCH = Situation(
    title=_title,
    explain=reason_of,
    details=_details,
    over=_over,
    returned=lambda facts: sentence(_over(facts)),
)

"""A channel that does not take messages."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import gettext_noop
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation
from apps.summaries.words import Facts, clean, moment, sentence

ERROR_LIMIT = 600
NEXT = gettext_noop(
    "What it should have heard is told by another way meanwhile. Correct the channel and send it a test message; the "
    "first message that arrives closes this."
)


def _channel(facts: Facts) -> str:
    return clean(facts.get("channel") or _("without a name"), NAME_LIMIT)


def _title(facts: Facts) -> str:
    if facts.get("personal"):
        return _("The mail to {name} is not taken").format(name=_channel(facts))
    return _("The channel {name} does not take messages").format(name=_channel(facts))


def _explain(facts: Facts) -> str:
    return f"{sentence(clean(facts.get('error'), ERROR_LIMIT))} {_(NEXT)}".strip()


def _details(facts: Facts) -> Details:
    return [(_("Since"), moment(facts, "broken_since") if facts.get("broken_since") else "")]


def _over(facts: Facts) -> str:
    if facts.get("personal"):
        return _("The mail to {name} is taken again").format(name=_channel(facts))
    return _("The channel {name} takes messages again").format(name=_channel(facts))


CHANNEL = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=_over,
    returned=lambda facts: sentence(_over(facts)),
)

"""The shape of a situation: what has to be said of any trouble, and the words that all share."""

from __future__ import annotations

from collections.abc import Callable

from apps.common.records import record
from apps.summaries.language import gettext as _
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, sentence

NAME_LIMIT = 80
REASON_LIMIT = 600
Details = list[tuple[str, str]]


@record
class Situation:
    """How a situation is told. Each function is given the facts.

    `title` is a clause without a full stop, fit for a subject; `explain` adds whole sentences to it; `details` are the
    numbers behind it. `over` is the title of the end, and `returned` says in a sentence what is good again.
    """

    title: Callable[[Facts], str]
    explain: Callable[[Facts], str]
    details: Callable[[Facts], Details]
    over: Callable[[Facts], str]
    returned: Callable[[Facts], str]


def table_of(facts: Facts) -> str:
    """What the trouble is about: the table, or failing that the connection."""
    return clean(facts.get("table") or facts.get("connection") or _("The data"), NAME_LIMIT)


def segment_of(facts: Facts) -> str:
    """Of which rows the numbers tell, where a rule tells them apart by a column: `country DE`; else empty."""
    values = facts.get("segments") or []
    return f"{clean(facts.get('segment_column'), NAME_LIMIT)} {clean(values[0], NAME_LIMIT)}" if values else ""


def reason_of(facts: Facts) -> str:
    return sentence(told(clean(facts.get("reason"), REASON_LIMIT)))


def no_details(_: Facts) -> Details:
    return []

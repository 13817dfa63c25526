"""What is said of an incident that others are part of, and of what changed about one. Pure."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, counted, sentence, whole

TITLE_LIMIT = 120
CHANGE_LIMIT = 500
ENDED = ngettext_lazy(
    "{number} other trouble that belonged to it ended as well.",
    "{number} other troubles that belonged to it ended as well.",
)


def with_more(what: str, facts: Facts) -> str:
    """`… and 12 more`, behind a trouble that others belong to; else the trouble alone."""
    return with_others(what, parts_of(facts))


def with_others(what: str, number: int) -> str:
    """As `with_more`, of so many others."""
    return _("{names} and {number} more").format(names=what, number=whole(number)) if number else what


def parts_of(facts: Facts) -> int:
    """How many other troubles belong to it."""
    return int((facts.get("parts") or {}).get("count", 0))


def details(facts: Facts) -> list[tuple[str, str]]:
    """`Also broken: Payments keep arriving: main.payments; … and 2 more.`"""
    known = facts.get("parts") or {}
    names = [clean(name, TITLE_LIMIT) for name in known.get("titles") or []]
    left = parts_of(facts) - len(names)
    names += [_("{number} more").format(number=whole(left))] if left > 0 else []
    unstable = _("It comes and goes, so it stays open until it was good for 6 hours.") if facts.get("unstable") else ""
    return [(_("Also broken"), "; ".join(names) if parts_of(facts) else ""), (_("Unstable"), unstable)]


def ended(facts: Facts) -> str:
    """What to add at the end of an incident that others belonged to."""
    number = int((facts.get("parts") or {}).get("total", 0))
    return counted(number, ENDED) if number else ""


def change(facts: Facts) -> str:
    """What changed, as sentences."""
    return sentence(told(clean(facts.get("change"), CHANGE_LIMIT)))


def because(facts: Facts) -> str:
    """Why its reader gets a message; empty where the facts do not say."""
    reason = told(clean(facts.get("because"), CHANGE_LIMIT))
    return sentence(_("You get this because {because}").format(because=reason)) if reason else ""

"""What is said of an incident that stays open: reminders, the question whether somebody still works on it, and the word
at the end of a hold. Pure."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, length, moment, sentence, severity_word

NAME_LIMIT = 60
REASON_LIMIT = 300


def reminder_subject(what: str, facts: Facts, severity: str) -> str:
    """`[High] Still broken: main.orders has not changed for 6 h`."""
    if not facts.get("taken_by"):
        return held_subject(what, severity)
    asks = _("[{severity}] Is it still being worked on? {what}")
    return asks.format(severity=severity_word(severity), what=what)


def reminder_headline(what: str, facts: Facts) -> str:
    """How long it has been open, and what its reader can do."""
    person = clean(facts.get("taken_by"), NAME_LIMIT)
    if person:
        return _(
            "{person} took this at {moment}, and nothing was noted since. Is it still being worked on? {what} "
            "A note, or its end, answers this; it is asked only once."
        ).format(person=person, moment=moment(facts, "taken_at"), what=sentence(what))
    if facts.get("open_seconds") is not None:
        lasted = length(facts["open_seconds"], dative=True)
        waits = _("The incident has been open for {length}, and nobody has acknowledged it.").format(length=lasted)
    else:
        waits = _("The incident has been open, and nobody has acknowledged it.")
    asks = _("Acknowledge it to show that you take care of it; then nobody is reminded any more.")
    return f"{sentence(what)} {waits} {asks}"


def held_subject(what: str, severity: str) -> str:
    """`[High] Still broken: main.orders has not changed for 6 h`."""
    return _("[{severity}] Still broken: {what}").format(severity=severity_word(severity), what=what)


def held_headline(what: str, facts: Facts) -> str:
    """That nothing was said of it for a while."""
    held = _("Messages about this were held back until now, and it is still broken: {what}").format(what=sentence(what))
    if not facts.get("opened_at"):
        return held
    began = _("It began {moment}.").format(moment=moment(facts, "opened_at"))
    return f"{held} {began}"


def held_details(facts: Facts) -> list[tuple[str, str]]:
    """Why nothing was said."""
    return [(_("Held back because"), sentence(told(clean(facts.get("held_because"), REASON_LIMIT))))]

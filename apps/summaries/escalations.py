"""What is said when nobody has taken care of an incident yet. Pure."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, length, moment, sentence, severity_word

NAME_LIMIT = 60
NOBODY = "nobody has acknowledged the incident"


def subject(what: str, severity: str) -> str:
    """`[High] Nobody has taken this yet: main.orders has not changed for 2 h 10 min`."""
    return _("[{severity}] Nobody has taken this yet: {what}").format(severity=severity_word(severity), what=what)


def headline(what: str, facts: Facts) -> str:
    """What is wrong, and since when it waits for somebody."""
    if facts.get("opened_at"):
        opened = moment(facts, "opened_at")
        waits = _("The incident has been open since {moment}, and nobody has acknowledged it.").format(moment=opened)
    else:
        waits = _("The incident has been open, and nobody has acknowledged it.")
    asks = _("Acknowledge it to show that you take care of it; then nobody else is told.")
    return f"{sentence(what)} {waits} {asks}"


def details(facts: Facts) -> list[tuple[str, str]]:
    """How long it has waited, and which step this is."""
    waited = facts.get("waited_seconds")
    name = clean(facts.get("escalation"), NAME_LIMIT)
    step, steps = facts.get("step"), facts.get("steps")
    if name and step and steps:
        name = _("{escalation}, step {step} of {steps}").format(escalation=name, step=step, steps=steps)
    return [(_("Waiting for"), length(waited) if waited is not None else ""), (_("Escalation"), name)]


def footer(facts: Facts) -> str:
    """Why this person is told now."""
    because = told(clean(facts.get("because"), 300) or NOBODY)
    return sentence(_("You get this because {because}").format(because=because))

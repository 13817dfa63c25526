"""What a message says about itself: that it may be a repeat, stands in for another, or tells both ends. Pure."""

from __future__ import annotations

from datetime import datetime

from apps.summaries.language import gettext as _
from apps.summaries.language import gettext_noop, pgettext
from apps.summaries.words import MONTHS, Facts, clean, local, sentence, zone_of

NAME_LIMIT = 80
ERROR_LIMIT = 300
GENERATED_LIMIT = 800
GENERATED = gettext_noop("Written by a language model")
INCOMPLETE = gettext_noop("{text} (from the facts above; it may be incomplete)")
REPEATED = gettext_noop("This message may be a repeat: the first attempt was not confirmed.")
COMBINED = gettext_noop(
    "This is the only message about this trouble: the one about its beginning had not gone out when the trouble ended."
)


def notes(facts: Facts, *, repeated: bool) -> list[tuple[str, str]]:
    """The remarks that stand before all other details."""
    texts = [_(REPEATED) if repeated else "", _(COMBINED) if facts.get("combined") else "", _fallback(facts)]
    return [(_("Please note"), text) for text in texts if text]


def generated(facts: Facts) -> list[tuple[str, str]]:
    """What a language model wrote about the facts above. It stands last, and says what it is."""
    text = clean(facts.get("generated"), GENERATED_LIMIT)
    return [(_(GENERATED), _(INCOMPLETE).format(text=text))] if text else []


def was_broken(facts: Facts) -> str:
    """`was broken from 02:10 to 04:00 (Europe/Berlin)`, where the same message tells of the beginning; with the days
    where they differ, and empty where times lack."""
    began, ended = local(facts, "opened_at"), local(facts, "resolved_at")
    if not facts.get("combined") or began is None or ended is None:
        return ""
    # In the night of the change it would read 02:50 to 02:10 without.
    zones = began.utcoffset() != ended.utcoffset()
    form = "%H:%M %Z" if zones else "%H:%M"
    days = began.date() != ended.date()
    start, end = (_with_day(at, form) if days else at.strftime(form) for at in (began, ended))
    # Some languages have a word behind a clock time, which a zone takes the place of.
    told = (
        pgettext("with zones", "was broken from {start} to {end} ({zone})")
        if zones
        else _("was broken from {start} to {end} ({zone})")
    )
    return told.format(start=start, end=end, zone=zone_of(facts))


def _with_day(at: datetime, form: str) -> str:
    values = {"day": f"{at:%d}", "month": _(MONTHS[at.month - 1]), "time": at.strftime(form)}
    return _("{day} {month} {time}").format(**values)


def _fallback(facts: Facts) -> str:
    missed = facts.get("fallback") or {}
    if not missed:
        return ""
    name, error = clean(missed.get("channel"), NAME_LIMIT), clean(missed.get("error"), ERROR_LIMIT)
    meant = _("This was meant for {name}, which does not take messages.").format(name=name)
    return f"{meant} {sentence(error)}".strip()

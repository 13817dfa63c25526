"""The words that are always there: facts in, a complete message out. Pure, and the same every time."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from apps.common.records import record
from apps.summaries import digest, escalations, gathered, groups, reminding, shortly
from apps.summaries.digest import Sections
from apps.summaries.language import gettext as _
from apps.summaries.language import gettext_noop, ngettext_lazy
from apps.summaries.notes import generated, notes, was_broken
from apps.summaries.phrases import told
from apps.summaries.situations import Details, segment_of, situation_of, table_of
from apps.summaries.words import Facts, clean, counted, length, moment, sentence, severity_word, trouble_of, whole

log = logging.getLogger("midwatch.summaries")

SUBJECT_LIMIT = 200
NAME_LIMIT = 60
VALUE_LIMIT = 1_500
SEGMENTS_SHOWN = 10
DATA_SITUATIONS = frozenset({"stale", "drop", "spike"})
TRUST_WORDS = {"estimate": gettext_noop("{source} (an estimate)"), "hint": gettext_noop("{source} (only a hint)")}
TIMES = ngettext_lazy("{number} time within 24 hours", "{number} times within 24 hours")
PLAIN_FACTS = ("rule", "connection", "table", "reason", "timezone", "channel", "team")
MALFORMED = (TypeError, ValueError, KeyError, AttributeError, ArithmeticError)
OPENING_FAILED = gettext_noop("The message about the beginning of this trouble could not be delivered to this channel.")


@record
class Text:
    """A message in words. `details` are (name, value) pairs in reading order; `sections` titled lists of them."""

    subject: str
    headline: str
    details: tuple[tuple[str, str], ...]
    footer: str
    sections: Sections = ()


def compose(*, kind: str, facts: Facts, severity: str, repeated: bool) -> Text:
    """The text of an event: `opened`, `reopened` or `resolved` of an incident, or a `test` of a channel."""
    write = WRITERS.get(kind, _opened)
    try:
        text = write(kind, facts, severity)
    except MALFORMED:
        # Facts that no situation foresees must not keep an alert from being stored and sent: it is told plainly.
        log.exception("The facts of a message are malformed: %r", facts)
        text = write(kind, {name: facts[name] for name in PLAIN_FACTS if name in facts}, severity)
    return Text(
        subject=clean(text.subject, SUBJECT_LIMIT),
        headline=text.headline,
        details=_presentable([*notes(facts, repeated=repeated), *text.details, *generated(facts)]),
        footer=text.footer,
        sections=tuple((name, _presentable(rows)) for name, rows in (*text.sections, *shortly.sections(kind, facts))),
    )


def title(*, facts: Facts) -> str:
    """The trouble in one clause without a full stop, such as `main.orders has not changed for 2 h 10 min`."""
    try:
        return f"{situation_of(facts).title(facts)}{_where(facts)}"
    except MALFORMED:
        return _("{table} needs attention").format(table=table_of(facts))


def _where(facts: Facts) -> str:
    """` (country DE and 2 more)`, where a rule tells rows apart by a column; else empty."""
    others = len(facts.get("segments") or []) - 1
    if others <= 0:
        return f" ({segment_of(facts)})" if others == 0 else ""
    names = _("{names} and {number} more").format(names=segment_of(facts), number=whole(others))
    return f" ({names})"


def _opened(kind: str, facts: Facts, severity: str) -> Text:
    what, situation = title(facts=facts), situation_of(facts)
    again = kind == "reopened"
    came_back = _("It came back: ") if again else ""
    headline = f"{came_back}{sentence(what)} {situation.explain(facts)}".strip()
    remark = sentence(told(clean(facts.get("reason"), VALUE_LIMIT)))
    return Text(
        subject=f"[{severity_word(severity)}] {_rule(facts)}{came_back}{groups.with_more(what, facts)}",
        headline=headline,
        details=(
            *_subject_details(facts),
            *groups.details(facts),
            *situation.details(facts),
            *_how_measured(facts),
            (_("Remark"), "" if remark in headline else remark),
            (_("Severity"), severity_word(severity)),
            (_("Came back"), counted(facts.get("reopened") or 1, TIMES) if again else ""),
        ),
        footer=_why(facts),
    )


def _changed(_kind: str, facts: Facts, severity: str) -> Text:
    opened, change = _opened("opened", facts, severity), groups.change(facts)
    what = groups.with_more(title(facts=facts), facts)
    return Text(
        subject=_("[{severity}] Changed: {what}").format(severity=severity_word(severity), what=what),
        headline=f"{change} {opened.headline}".strip(),
        details=opened.details,
        footer=opened.footer,
    )


def _escalated(_kind: str, facts: Facts, severity: str) -> Text:
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    return Text(
        subject=escalations.subject(what, severity),
        headline=escalations.headline(what, facts),
        details=(*escalations.details(facts), *opened.details),
        footer=escalations.footer(facts),
    )


def _reminder(_kind: str, facts: Facts, severity: str) -> Text:
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    subject, headline = reminding.reminder_subject(what, facts, severity), reminding.reminder_headline(what, facts)
    return Text(subject, headline, opened.details, opened.footer)


def _summary(_kind: str, facts: Facts, severity: str) -> Text:
    if facts.get("situation") == "summary":
        subject, headline = gathered.summary_subject(facts, severity), gathered.summary_headline(facts)
        return Text(subject, headline, tuple(gathered.summary_details(facts)), gathered.footer(facts))
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    subject, headline = reminding.held_subject(what, severity), reminding.held_headline(what, facts)
    return Text(subject, headline, (*reminding.held_details(facts), *opened.details), opened.footer)


def _rollup(_kind: str, facts: Facts, severity: str) -> Text:
    subject, headline = gathered.rollup_subject(facts, severity), gathered.rollup_headline(facts)
    return Text(subject, headline, tuple(gathered.rollup_details(facts)), gathered.footer(facts))


def _digest(_kind: str, facts: Facts, severity: str) -> Text:
    return Text(digest.subject(facts), digest.headline(facts), (), _(digest.FOOTER), digest.sections(facts))


def _resolved(kind: str, facts: Facts, severity: str) -> Text:
    if facts.get("situation") == "rollup":
        return _rollup(kind, facts, severity)
    lasted = length(facts.get("duration_seconds"))
    note = [(_("Please note"), _(OPENING_FAILED))] if facts.get("opening_failed") else []
    by = clean(facts.get("by"), NAME_LIMIT)
    after = length(facts.get("duration_seconds"), dative=True)
    what = _("{what} after {length}").format(what=f"{_rule(facts)}{_end_in_short(facts, by)}", length=after)
    was = was_broken(facts)
    return Text(
        subject=_("[Resolved] {what}").format(what=_("{what}: it {was}").format(what=what, was=was) if was else what),
        headline=_end(facts, by, lasted, after),
        details=(
            *note,
            *_subject_details(facts),
            (_("Lasted"), lasted),
            (_("Began"), moment(facts, "opened_at")),
            (_("Ended"), moment(facts, "resolved_at")),
            (_("What it was"), sentence(clean(trouble_of(facts), VALUE_LIMIT))),
            *_how_measured(facts),
            (_("Severity"), severity_word(severity)),
        ),
        footer=_("You get this because this channel was chosen to hear of the trouble and of its end."),
    )


def _end_in_short(facts: Facts, by: str) -> str:
    if facts.get("excused") and not by:
        return _("a person excused what was found in {table}").format(table=table_of(facts))
    if by:
        return _("{person} closed the incident about {table}").format(person=by, table=table_of(facts))
    return situation_of(facts).over(facts)


def _end(facts: Facts, by: str, lasted: str, after: str) -> str:
    if facts.get("joined"):
        return sentence(told(clean(facts["joined"], VALUE_LIMIT)))
    if facts.get("withdrawn"):
        reason = sentence(told(clean(facts["withdrawn"], VALUE_LIMIT)))
        closed = _("So the incident was closed after {length}.").format(length=after)
        return f"{reason} {closed}"
    if by:
        return _(
            "{person} closed the incident about {table}, which was open for {length}. "
            "Should the next check find the trouble again, it is opened again."
        ).format(person=by, table=table_of(facts), length=lasted)
    if facts.get("excused"):
        reason = sentence(told(clean(facts["excused"], VALUE_LIMIT)))
        closed = _("So the incident about {table} was closed after {length}.")
        return f"{reason} {closed.format(table=table_of(facts), length=after)}"
    returned = situation_of(facts).returned(facts)
    if facts.get("situation") in DATA_SITUATIONS:
        returned = _("The data is back: {what}").format(what=returned)
    trouble = _("The trouble lasted {length}.").format(length=lasted)
    return f"{sentence(returned)} {trouble} {groups.ended(facts)}".strip()


def _test(_kind: str, facts: Facts, severity: str) -> Text:
    channel, team = clean(facts.get("channel"), NAME_LIMIT), clean(facts.get("team"), NAME_LIMIT)
    return Text(
        subject=_("[Test] Midwatch reaches {channel}").format(channel=channel),
        headline=_(
            "This is a test of the channel {channel}. Nothing is wrong: messages of Midwatch arrive here."
        ).format(channel=channel),
        details=((_("Channel"), channel), (_("Team"), team), (_("Sent"), moment(facts, "event_at"))),
        footer=_("You get this because somebody asked Midwatch to test this channel."),
    )


def _rule(facts: Facts) -> str:
    name = clean(facts.get("rule"), NAME_LIMIT)
    return f"{name}: " if name else ""


def _subject_details(facts: Facts) -> Details:
    table, connection = str(facts.get("table") or ""), str(facts.get("connection") or "")
    return [(_("Table"), table), (_("Broken for"), _segments(facts)), (_("Connection"), connection)]


def _segments(facts: Facts) -> str:
    """`country DE, FR and 3 more`, where a rule tells rows apart by a column: the first is the one that is told."""
    values = [clean(value, NAME_LIMIT) for value in facts.get("segments") or []]
    column = clean(facts.get("segment_column"), NAME_LIMIT)
    names, more = f"{column} {', '.join(values[:SEGMENTS_SHOWN])}", len(values) - SEGMENTS_SHOWN
    if more > 0:
        return _("{names} and {number} more").format(names=names, number=whole(more))
    return names if values else ""


def _how_measured(facts: Facts) -> Details:
    source = told(clean(facts.get("source"), VALUE_LIMIT))
    trust = _(TRUST_WORDS.get(str(facts.get("trust")), "{source}"))
    return [
        (_("Rule"), clean(facts.get("rule"), VALUE_LIMIT)),
        (_("When it alerts"), sentence(told(clean(facts.get("sentence"), VALUE_LIMIT)))),
        (_("Measured by"), trust.format(source=source) if source else ""),
        (_("Checked"), moment(facts, "checked_at") if facts.get("checked_at") else ""),
    ]


def _why(facts: Facts) -> str:
    if facts.get("situation") == "midwatch":
        return _("You get this because you administer Midwatch.")
    reason = groups.because(facts)
    if reason:
        return reason
    rule = clean(facts.get("rule"), VALUE_LIMIT)
    if rule:
        return _("You get this because the rule “{rule}” names this channel.").format(rule=rule)
    return _("You get this because a rule that needs this connection names this channel.")


def _presentable(details: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, clean(value, VALUE_LIMIT)) for name, value in details if value)


WRITERS = {
    "test": _test,
    "resolved": _resolved,
    "changed": _changed,
    "escalated": _escalated,
    "reminder": _reminder,
    "summary": _summary,
    "rollup": _rollup,
    "digest": _digest,
}

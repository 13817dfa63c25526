"""The words that are always there: facts in, a complete message in plain English out. Pure, and the same every time."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from apps.common.records import record
from apps.summaries import digest, escalations, gathered, groups, reminding, shortly
from apps.summaries.digest import Sections
from apps.summaries.notes import generated, notes, was_broken
from apps.summaries.situations import Details, segment_of, situation_of, table_of
from apps.summaries.words import Facts, clean, count, length, moment, sentence

log = logging.getLogger("midwatch.summaries")

SUBJECT_LIMIT = 200
NAME_LIMIT = 60
VALUE_LIMIT = 1_500
SEGMENTS_SHOWN = 10
DATA_SITUATIONS = frozenset({"stale", "drop", "spike"})
TRUST_WORDS = {"exact": "", "estimate": " (an estimate)", "hint": " (only a hint)"}
PLAIN_FACTS = ("rule", "connection", "table", "reason", "timezone", "channel", "team")
MALFORMED = (TypeError, ValueError, KeyError, AttributeError, ArithmeticError)
OPENING_FAILED = "The message about the beginning of this trouble could not be delivered to this channel."


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
        return f"{table_of(facts)} needs attention"


def _where(facts: Facts) -> str:
    """` (country DE and 2 more)`, where a rule tells rows apart by a column; else empty."""
    others = len(facts.get("segments") or []) - 1
    more = f" and {others:,} more" if others > 0 else ""
    return f" ({segment_of(facts)}{more})" if others >= 0 else ""


def _opened(kind: str, facts: Facts, severity: str) -> Text:
    what, situation = title(facts=facts), situation_of(facts)
    again = kind == "reopened"
    came_back = "It came back: " if again else ""
    headline = f"{came_back}{sentence(what)} {situation.explain(facts)}".strip()
    remark = sentence(clean(facts.get("reason"), VALUE_LIMIT))
    return Text(
        subject=f"[{severity.capitalize()}] {_rule(facts)}{came_back}{what}{groups.more(facts)}",
        headline=headline,
        details=(
            *_subject_details(facts),
            *groups.details(facts),
            *situation.details(facts),
            *_how_measured(facts),
            ("Remark", "" if remark in headline else remark),
            ("Severity", severity.capitalize()),
            ("Came back", f"{count(facts.get('reopened') or 1, 'time')} within 24 hours" if again else ""),
        ),
        footer=_why(facts),
    )


def _changed(_: str, facts: Facts, severity: str) -> Text:
    opened, change = _opened("opened", facts, severity), groups.change(facts)
    return Text(
        subject=f"[{severity.capitalize()}] Changed: {title(facts=facts)}{groups.more(facts)}",
        headline=f"{change} {opened.headline}".strip(),
        details=opened.details,
        footer=opened.footer,
    )


def _escalated(_: str, facts: Facts, severity: str) -> Text:
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    return Text(
        subject=escalations.subject(what, severity),
        headline=escalations.headline(what, facts),
        details=(*escalations.details(facts), *opened.details),
        footer=escalations.footer(facts),
    )


def _reminder(_: str, facts: Facts, severity: str) -> Text:
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    subject, headline = reminding.reminder_subject(what, facts, severity), reminding.reminder_headline(what, facts)
    return Text(subject, headline, opened.details, opened.footer)


def _summary(_: str, facts: Facts, severity: str) -> Text:
    if facts.get("situation") == "summary":
        subject, headline = gathered.summary_subject(facts, severity), gathered.summary_headline(facts)
        return Text(subject, headline, tuple(gathered.summary_details(facts)), gathered.footer(facts))
    what, opened = title(facts=facts), _opened("opened", facts, severity)
    subject, headline = reminding.held_subject(what, severity), reminding.held_headline(what, facts)
    return Text(subject, headline, (*reminding.held_details(facts), *opened.details), opened.footer)


def _rollup(_: str, facts: Facts, severity: str) -> Text:
    subject, headline = gathered.rollup_subject(facts, severity), gathered.rollup_headline(facts)
    return Text(subject, headline, tuple(gathered.rollup_details(facts)), gathered.footer(facts))


def _digest(_: str, facts: Facts, severity: str) -> Text:
    return Text(digest.subject(facts), digest.headline(facts), (), digest.FOOTER, digest.sections(facts))


def _resolved(kind: str, facts: Facts, severity: str) -> Text:
    if facts.get("situation") == "rollup":
        return _rollup(kind, facts, severity)
    lasted = length(facts.get("duration_seconds"))
    note = [("Please note", OPENING_FAILED)] if facts.get("opening_failed") else []
    by = clean(facts.get("by"), NAME_LIMIT)
    return Text(
        subject=f"[Resolved] {_rule(facts)}{_end_in_short(facts, by)} after {lasted}{_combined(facts)}",
        headline=_end(facts, by, lasted),
        details=(
            *note,
            *_subject_details(facts),
            ("Lasted", lasted),
            ("Began", moment(facts, "opened_at")),
            ("Ended", moment(facts, "resolved_at")),
            ("What it was", sentence(clean(facts.get("trouble"), VALUE_LIMIT))),
            *_how_measured(facts),
            ("Severity", severity.capitalize()),
        ),
        footer="You get this because this channel was chosen to hear of the trouble and of its end.",
    )


def _combined(facts: Facts) -> str:
    """`: it was broken from 02:10 to 04:00`, where the same message tells of the beginning."""
    was = was_broken(facts)
    return f": it {was}" if was else ""


def _end_in_short(facts: Facts, by: str) -> str:
    if facts.get("excused") and not by:
        return f"a person excused what was found in {table_of(facts)}"
    return f"{by} closed the incident about {table_of(facts)}" if by else situation_of(facts).over(facts)


def _end(facts: Facts, by: str, lasted: str) -> str:
    if facts.get("joined"):
        return sentence(clean(facts["joined"], VALUE_LIMIT))
    if facts.get("withdrawn"):
        reason = sentence(clean(facts["withdrawn"], VALUE_LIMIT))
        return f"{reason} So the incident was closed after {lasted}."
    if by:
        return (
            f"{by} closed the incident about {table_of(facts)}, which was open for {lasted}. "
            "Should the next check find the trouble again, it is opened again."
        )
    if facts.get("excused"):
        reason = sentence(clean(facts["excused"], VALUE_LIMIT))
        return f"{reason} So the incident about {table_of(facts)} was closed after {lasted}."
    returned = situation_of(facts).returned(facts)
    if facts.get("situation") in DATA_SITUATIONS:
        returned = f"The data is back: {returned}"
    return f"{sentence(returned)} The trouble lasted {lasted}. {groups.ended(facts)}".strip()


def _test(_: str, facts: Facts, severity: str) -> Text:
    channel, team = clean(facts.get("channel"), NAME_LIMIT), clean(facts.get("team"), NAME_LIMIT)
    return Text(
        subject=f"[Test] Midwatch reaches {channel}",
        headline=f"This is a test of the channel {channel}. Nothing is wrong: messages of Midwatch arrive here.",
        details=(("Channel", channel), ("Team", team), ("Sent", moment(facts, "event_at"))),
        footer="You get this because somebody asked Midwatch to test this channel.",
    )


def _rule(facts: Facts) -> str:
    name = clean(facts.get("rule"), NAME_LIMIT)
    return f"{name}: " if name else ""


def _subject_details(facts: Facts) -> Details:
    table, connection = str(facts.get("table") or ""), str(facts.get("connection") or "")
    return [("Table", table), ("Broken for", _segments(facts)), ("Connection", connection)]


def _segments(facts: Facts) -> str:
    """`country DE, FR and 3 more`, where a rule tells rows apart by a column: the first is the one that is told."""
    values = [clean(value, NAME_LIMIT) for value in facts.get("segments") or []]
    more = f" and {len(values) - SEGMENTS_SHOWN:,} more" if len(values) > SEGMENTS_SHOWN else ""
    column = clean(facts.get("segment_column"), NAME_LIMIT)
    return f"{column} {', '.join(values[:SEGMENTS_SHOWN])}{more}" if values else ""


def _how_measured(facts: Facts) -> Details:
    source = clean(facts.get("source"), VALUE_LIMIT)
    trust = TRUST_WORDS.get(str(facts.get("trust")), "")
    return [
        ("Rule", clean(facts.get("rule"), VALUE_LIMIT)),
        ("When it alerts", sentence(clean(facts.get("sentence"), VALUE_LIMIT))),
        ("Measured by", f"{source}{trust}" if source else ""),
        ("Checked", moment(facts, "checked_at") if facts.get("checked_at") else ""),
    ]


def _why(facts: Facts) -> str:
    if facts.get("situation") == "midwatch":
        return "You get this because you administer Midwatch."
    reason = groups.because(facts)
    if reason:
        return reason
    rule = clean(facts.get("rule"), VALUE_LIMIT)
    if rule:
        return f"You get this because the rule “{rule}” names this channel."
    return "You get this because a rule that needs this connection names this channel."


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

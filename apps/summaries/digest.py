"""The words of a digest: what broke, what is still open and who has it, what ended, and how much was checked."""

from __future__ import annotations

from typing import Any

from apps.summaries.language import gettext as _
from apps.summaries.language import gettext_noop, ngettext_lazy
from apps.summaries.notes import GENERATED, INCOMPLETE
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, counted, length, local, moment, short_moment, whole

NAME_LIMIT = 120
TITLE_LIMIT = 200
TEXT_LIMIT = 800
Rows = tuple[tuple[str, str], ...]
Sections = tuple[tuple[str, Rows], ...]
FOOTER = gettext_noop("You get this because you asked for it in “My notifications”. There you can also stop it.")
NEW = ngettext_lazy("{number} new incident", "{number} new incidents")
BEGAN = ngettext_lazy("{number} incident began and {ended} ended.", "{number} incidents began and {ended} ended.")
OPEN_NOW = ngettext_lazy("{number} is open now.", "{number} are open now.")
MADE = ngettext_lazy("{number} check was made.", "{number} checks were made.")
CHECKS = ngettext_lazy("{number} check: {found}", "{number} checks: {found}")
ALERTS = ngettext_lazy("{number} alert", "{number} alerts")
FALSE_ALARMS = ngettext_lazy("{number} false alarm", "{number} false alarms")


def subject(facts: Facts) -> str:
    open_ = facts.get("open") or 0
    state = _("{number} open").format(number=whole(open_)) if open_ else _("nothing is open")
    form = (
        _("Midwatch: your week, {new}, {state}")
        if facts.get("how") == "weekly"
        else _("Midwatch: your day, {new}, {state}")
    )
    return form.format(new=counted(facts.get("began") or 0, NEW), state=state)


def headline(facts: Facts) -> str:
    """The whole in two sentences."""
    checks = counted(sum(int(team["checks"]) for team in facts.get("teams") or []), MADE)
    began, ended, open_ = (int(facts.get(name) or 0) for name in ("began", "ended", "open"))
    since = _("Since {moment}:").format(moment=moment(facts, "begins"))
    if not began and not ended and not open_:
        quiet = _("nothing broke, and nothing is open.")
        return f"{since} {quiet} {checks}"
    stays = counted(open_, OPEN_NOW) if open_ else _("Nothing is open now.")
    return f"{since} {counted(began, BEGAN, ended=whole(ended))} {stays} {checks}"


def sections(facts: Facts) -> Sections:
    """Titled lists of (name, value) lines; empty ones are left out."""
    found = (
        (_titled(_("Still open"), facts, "open", "still_open"), _each(facts, "still_open", _still_open)),
        (_titled(_("Resolved"), facts, "ended", "resolved"), _each(facts, "resolved", _resolved)),
        (_("Noisy rules"), _each(facts, "noisy", _noisy)),
        (_("Checks by team"), _each(facts, "teams", lambda row, _facts: (_name(row, "team"), _counts(row)))),
        (_titled(_("Checks by table"), facts, "tables_in_all", "tables"),
         _each(facts, "tables", lambda row, _facts: (_name(row, "table"), _counts(row)))),
        (_("Last night"), tuple(row for night in facts.get("nights") or [] for row in _night(night))),
    )  # fmt: skip
    return tuple((title, rows) for title, rows in found if rows)


def _each(facts: Facts, name: str, line: Any) -> Rows:
    return tuple(line(row, facts) for row in facts.get(name) or [])


def _titled(title: str, facts: Facts, total: str, listed: str) -> str:
    """`Still open (12 of 40)` where not all are listed."""
    number, shown = int(facts.get(total) or 0), len(facts.get(listed) or [])
    if number <= shown:
        return title
    return _("{title} ({shown} of {number})").format(title=title, shown=whole(shown), number=whole(number))


def _still_open(row: Facts, facts: Facts) -> tuple[str, str]:
    who = clean(row.get("who"), NAME_LIMIT)
    since = moment({**row, "timezone": facts.get("timezone")}, "began")
    has_it = _("{person} has it").format(person=who) if who else _("nobody has taken it yet")
    told_since = _("Since {moment}; {has_it}").format(moment=since, has_it=has_it)
    return _head(row), f"{_title(row)}. {told_since}{_snoozed(row, facts)}."


def _snoozed(row: Facts, facts: Facts) -> str:
    until = local({**row, "timezone": facts.get("timezone")}, "snoozed_until")
    if until:
        return _(", snoozed until {moment}").format(moment=short_moment(until))
    wait = told(clean(row.get("snoozed"), NAME_LIMIT).lower())
    return _(", snoozed {wait}").format(wait=wait) if wait else ""


def _resolved(row: Facts, _facts: Facts) -> tuple[str, str]:
    by, outcome = clean(row.get("by"), NAME_LIMIT), told(clean(row.get("outcome"), NAME_LIMIT))
    lasted = _("It lasted {length}").format(length=length(row.get("seconds")))
    how = _(", closed by {person}").format(person=by) if by else ""
    return _head(row), f"{_title(row)}. {lasted}{how}{f' ({outcome})' if outcome else ''}."


def _noisy(row: Facts, _facts: Facts) -> tuple[str, str]:
    wrong = int(row.get("false_alarms") or 0)
    more = f", {counted(wrong, FALSE_ALARMS)}" if wrong else ""
    tight = _("Its limits may be too tight.")
    return _name(row, "rule"), f"{counted(row.get('alerts') or 0, ALERTS)}{more}. {tight}"


def _night(row: Facts) -> Rows:
    """The plain sentence, and below it what a language model made of the same facts."""
    plain, text = told(clean(row.get("plain"), TEXT_LIMIT)), clean(row.get("text"), TEXT_LIMIT)
    return (_name(row, "team"), plain), (_(GENERATED), _(INCOMPLETE).format(text=text))


def _head(row: Facts) -> str:
    head = f"#{row.get('number')} {_(clean(row.get('severity'), NAME_LIMIT))}"
    return _("{head}, new").format(head=head) if row.get("new") else head


def _title(row: Facts) -> str:
    return clean(row.get("title"), TITLE_LIMIT).rstrip(".")


def _name(row: Facts, name: str) -> str:
    return clean(row.get(name) or _("without a name"), NAME_LIMIT)


def _counts(row: Facts) -> str:
    checks, breached, unknown = (int(row.get(name) or 0) for name in ("checks", "breached", "unknown"))
    found = [_("{number} breached").format(number=whole(breached))] if breached else []
    found += [_("{number} could not look").format(number=whole(unknown))] if unknown else []
    return counted(checks, CHECKS, found=", ".join(found) or _("no trouble"))

"""The words of a digest: what broke, what is still open and who has it, what ended, and how much was checked."""

from __future__ import annotations

from typing import Any

from apps.summaries.notes import GENERATED, INCOMPLETE
from apps.summaries.words import Facts, clean, count, length, local, moment

NAME_LIMIT = 120
TITLE_LIMIT = 200
TEXT_LIMIT = 800
Rows = tuple[tuple[str, str], ...]
Sections = tuple[tuple[str, Rows], ...]
SPANS = {"daily": "day", "weekly": "week"}
FOOTER = "You get this because you asked for it in “My notifications”. There you can also stop it."


def subject(facts: Facts) -> str:
    span = SPANS.get(str(facts.get("how")), "day")
    open_ = facts.get("open") or 0
    state = f"{open_:,} open" if open_ else "nothing is open"
    return f"Midwatch: your {span}, {count(facts.get('began') or 0, 'new incident')}, {state}"


def headline(facts: Facts) -> str:
    """The whole in two sentences."""
    checks = sum(int(team["checks"]) for team in facts.get("teams") or [])
    began, ended, open_ = (int(facts.get(name) or 0) for name in ("began", "ended", "open"))
    since = f"Since {moment(facts, 'begins')}:"
    if not began and not ended and not open_:
        return f"{since} nothing broke, and nothing is open. {_checked(checks)}"
    stays = "Nothing is open now." if not open_ else f"{open_:,} {'is' if open_ == 1 else 'are'} open now."
    return f"{since} {count(began, 'incident')} began and {ended:,} ended. {stays} {_checked(checks)}"


def sections(facts: Facts) -> Sections:
    """Titled lists of (name, value) lines; empty ones are left out."""
    found = (
        (_titled("Still open", facts, "open", "still_open"), _each(facts, "still_open", _still_open)),
        (_titled("Resolved", facts, "ended", "resolved"), _each(facts, "resolved", _resolved)),
        ("Noisy rules", _each(facts, "noisy", _noisy)),
        ("Checks by team", _each(facts, "teams", lambda row, _: (_name(row, "team"), _counts(row)))),
        (_titled("Checks by table", facts, "tables_in_all", "tables"),
         _each(facts, "tables", lambda row, _: (_name(row, "table"), _counts(row)))),
        ("Last night", tuple(row for night in facts.get("nights") or [] for row in _night(night))),
    )  # fmt: skip
    return tuple((title, rows) for title, rows in found if rows)


def _each(facts: Facts, name: str, line: Any) -> Rows:
    return tuple(line(row, facts) for row in facts.get(name) or [])


def _titled(title: str, facts: Facts, total: str, listed: str) -> str:
    """`Still open (12 of 40)` where not all are listed."""
    number, shown = int(facts.get(total) or 0), len(facts.get(listed) or [])
    return f"{title} ({shown:,} of {number:,})" if number > shown else title


def _still_open(row: Facts, facts: Facts) -> tuple[str, str]:
    who = clean(row.get("who"), NAME_LIMIT)
    since = moment({**row, "timezone": facts.get("timezone")}, "began")
    has_it = f"{who} has it" if who else "nobody has taken it yet"
    snoozed = local({**row, "timezone": facts.get("timezone")}, "snoozed_until")
    wait = f"until {snoozed.day} {snoozed:%b, %H:%M}" if snoozed else clean(row.get("snoozed"), NAME_LIMIT).lower()
    rest = f", snoozed {wait}" if wait else ""
    return _head(row, new=bool(row.get("new"))), f"{_title(row)}. Since {since}; {has_it}{rest}."


def _resolved(row: Facts, _: Facts) -> tuple[str, str]:
    by = clean(row.get("by"), NAME_LIMIT)
    outcome = clean(row.get("outcome"), NAME_LIMIT)
    how = f", closed by {by}" if by else ""
    return _head(
        row
    ), f"{_title(row)}. It lasted {length(row.get('seconds'))}{how}{f' ({outcome})' if outcome else ''}."


def _noisy(row: Facts, _: Facts) -> tuple[str, str]:
    wrong = int(row.get("false_alarms") or 0)
    more = f", {count(wrong, 'false alarm')}" if wrong else ""
    return _name(row, "rule"), f"{count(row.get('alerts') or 0, 'alert')}{more}. Its limits may be too tight."


def _night(row: Facts) -> Rows:
    """The plain sentence, and below it what a language model made of the same facts."""
    plain, text = clean(row.get("plain"), TEXT_LIMIT), clean(row.get("text"), TEXT_LIMIT)
    return (_name(row, "team"), plain), (GENERATED, f"{text} ({INCOMPLETE})")


def _head(row: Facts, *, new: bool = False) -> str:
    return f"#{row.get('number')} {clean(row.get('severity'), NAME_LIMIT)}{', new' if new else ''}"


def _title(row: Facts) -> str:
    return clean(row.get("title"), TITLE_LIMIT).rstrip(".")


def _name(row: Facts, name: str) -> str:
    return clean(row.get(name) or "without a name", NAME_LIMIT)


def _counts(row: Facts) -> str:
    checks, breached, unknown = (int(row.get(name) or 0) for name in ("checks", "breached", "unknown"))
    found = [f"{breached:,} breached"] if breached else []
    found += [f"{unknown:,} could not look"] if unknown else []
    return f"{count(checks, 'check')}: {', '.join(found) or 'no trouble'}"


def _checked(checks: int) -> str:
    return f"{count(checks, 'check')} were made." if checks != 1 else "1 check was made."

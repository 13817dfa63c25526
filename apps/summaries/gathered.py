"""What is said of several incidents in one message: the summary at a hold's end, and the roll-up of a storm. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.language import gettext as _
from apps.summaries.language import ngettext, ngettext_lazy
from apps.summaries.phrases import told
from apps.summaries.words import Facts, clean, counted, local, moment, sentence, severity_word, whole

TITLE_LIMIT = 200
REASON_LIMIT = 300
NAME_LIMIT = 60
Details = list[tuple[str, str]]

BROKEN = ngettext_lazy("{number} incident is still broken", "{number} incidents are still broken")
BROKEN_OF = ngettext_lazy(
    "{number} incident is still broken of what began or changed meanwhile",
    "{number} incidents are still broken of what began or changed meanwhile",
)
REMAIN = ngettext_lazy("{left} of {number} incident remain", "{left} of {number} incidents remain")
ALL_OVER = ngettext_lazy("The last incident of the roll-up is over", "All {number} incidents of the roll-up are over")
AT_ONCE = ngettext_lazy("{number} incident began at once", "{number} incidents began at once")
TOLD_AT_ONCE = ngettext_lazy(
    "{number} incident began at once, so they are told in one message.",
    "{number} incidents began at once, so they are told in one message.",
)
MORE_AT_ONCE = ngettext_lazy(
    "{number} more incident began at once, so they are told in one message.",
    "{number} more incidents began at once, so they are told in one message.",
)
BROKEN_OVER = ngettext_lazy(
    "All {number} incident that were still broken are over.", "All {number} incidents that were still broken are over."
)
OVER = ngettext_lazy("{number} incident is over.", "{number} incidents are over.")
JOINED = ngettext_lazy(
    "{number} incident is part of other incidents now, and messages go out about those.",
    "{number} incidents are part of other incidents now, and messages go out about those.",
)
GOOD = ngettext_lazy(
    "Of these, {number} incident is good again for the time being.",
    "Of these, {number} incidents are good again for the time being.",
)
BESIDE = ngettext_lazy(
    "{number} more incident; the list of incidents has them all.",
    "{number} more incidents; the list of incidents has them all.",
)


def summary_subject(facts: Facts, severity: str) -> str:
    """`[High] 12 incidents are still broken in the team Data`."""
    return _labelled(severity, counted(_number(facts, "count"), BROKEN), facts)


def summary_headline(facts: Facts) -> str:
    """What is still broken now that messages go out again."""
    parts = (
        _("Messages were held back until now."),
        f"{counted(_number(facts, 'count'), BROKEN_OF)}{_by_severity(facts)}.",
        _causes(facts),
        _("Nothing is said of what was over before."),
    )
    return " ".join(part for part in parts if part)


def summary_details(facts: Facts) -> Details:
    """Why nothing was said, then the incidents, the worst first."""
    reason = sentence(told(clean(facts.get("held_because"), REASON_LIMIT)))
    return [(_("Held back because"), reason), *_items(facts)]


def rollup_subject(facts: Facts, severity: str) -> str:
    """`[High] 990 incidents began at once in the team Data`, `[Resolved] All 990 incidents of the roll-up are over`."""
    new, before, remaining = (_number(facts, name) for name in ("new_count", "told_count", "remaining_count"))
    if not remaining:
        if _number(facts, "joined_count"):
            over = _("No incident of the roll-up stands by itself any more")
        else:
            over = counted(max(new + before, 1), ALL_OVER)
        return _("[Resolved] {what}").format(what=_in_team(over, facts))
    if before and not new and not _number(facts, "over_count"):
        return _labelled(severity, counted(remaining, BROKEN), facts)
    if before:
        return _labelled(severity, counted(new + before, REMAIN, left=whole(remaining)), facts)
    return _labelled(severity, counted(new, AT_ONCE), facts)


def rollup_headline(facts: Facts) -> str:
    """How many began, how many are over, and how many are left."""
    new, before, over, remaining = (
        _number(facts, name) for name in ("new_count", "told_count", "over_count", "remaining_count")
    )
    said = [counted(new, MORE_AT_ONCE if before else TOLD_AT_ONCE)] if new else []
    joined, good = _number(facts, "joined_count"), _number(facts, "good_count")
    if not remaining and not joined:
        return " ".join([*said, _("All of them are over.") if new else counted(before, BROKEN_OVER)])
    if over:
        said.append(counted(over, OVER))
    if joined:
        said.append(counted(joined, JOINED))
    if remaining:
        every = remaining == new > 1 and not before + joined
        left = _("All of them are still broken") if every else counted(remaining, BROKEN)
        said.append(" ".join(part for part in (f"{left}{_by_severity(facts)}.", _causes(facts)) if part))
    if good:
        said.append(counted(good, GOOD))
    return " ".join(said)


def rollup_details(facts: Facts) -> Details:
    """The worst of those that are left."""
    if not _number(facts, "remaining_count"):
        return []
    return [*_items(facts), (_("What comes next"), _("Their ends are told together as well, not one by one."))]


def footer(facts: Facts) -> str:
    """Why its reader gets it."""
    because = told(clean(facts.get("because"), REASON_LIMIT))
    return sentence(_("You get this because {because}").format(because=because)) if because else ""


def _items(facts: Facts) -> Details:
    items: Sequence[Facts] = facts.get("items") or []
    lines = []
    for number, item in enumerate(items, 1):
        severity = severity_word(clean(item.get("severity"), NAME_LIMIT))
        lines.append((f"{number}. {severity}", _item({**item, "timezone": facts.get("timezone")})))
    left = _number(facts, "count") - len(items)
    return [*lines, (_("Beside these"), counted(left, BESIDE) if left > 0 else "")]


def _item(item: Facts) -> str:
    title = clean(item.get("title"), TITLE_LIMIT)
    if not local(item, "began"):
        return title
    return _("{title} (since {moment})").format(title=title, moment=moment(item, "began"))


def _by_severity(facts: Facts) -> str:
    """` (2 critical, 10 high)`."""
    numbers: Facts = facts.get("severities") or {}
    return f" ({', '.join(f'{whole(number)} {_(name)}' for name, number in numbers.items())})" if numbers else ""


def _causes(facts: Facts) -> str:
    """`Look first at the connections shop (900) and crm (90).`"""
    causes = [(clean(name, NAME_LIMIT), number) for name, number in facts.get("causes") or []]
    if not causes or _number(facts, "count") < 2:
        return ""
    *others, last = [f"{name} ({whole(number)})" for name, number in causes]
    where = _("{names} and {last}").format(names=", ".join(others), last=last) if others else last
    form = ngettext("Look first at the connection {names}.", "Look first at the connections {names}.", len(causes))
    return form.format(names=where)


def _labelled(severity: str, what: str, facts: Facts) -> str:
    return f"[{severity_word(severity)}] {_in_team(what, facts)}"


def _in_team(what: str, facts: Facts) -> str:
    team = clean(facts.get("team"), NAME_LIMIT)
    return _("{what} in the team {team}").format(what=what, team=team) if team else what


def _number(facts: Facts, name: str) -> int:
    return int(facts.get(name) or 0)

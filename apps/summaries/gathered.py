"""What is said of several incidents in one message: the summary at a hold's end, and the roll-up of a storm. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.words import Facts, clean, count, local, moment, sentence

TITLE_LIMIT = 200
REASON_LIMIT = 300
NAME_LIMIT = 60
Details = list[tuple[str, str]]


def summary_subject(facts: Facts, severity: str) -> str:
    """`[High] 12 incidents are still broken in the team Data`."""
    return f"[{severity.capitalize()}] {_are(_number(facts, 'count'), 'still broken')}{_team(facts)}"


def summary_headline(facts: Facts) -> str:
    """What is still broken now that messages go out again."""
    many = _number(facts, "count")
    return (
        f"Messages were held back until now. {_are(many, 'still broken')} of what began or changed meanwhile"
        f"{_by_severity(facts)}.{_causes(facts)} Nothing is said of what was over before."
    )


def summary_details(facts: Facts) -> Details:
    """Why nothing was said, then the incidents, the worst first."""
    return [("Held back because", sentence(clean(facts.get("held_because"), REASON_LIMIT))), *_items(facts)]


def rollup_subject(facts: Facts, severity: str) -> str:
    """`[High] 990 incidents began at once in the team Data`, `[Resolved] All 990 incidents of the roll-up are over`."""
    new, told, remaining = (_number(facts, name) for name in ("new_count", "told_count", "remaining_count"))
    if not remaining and _number(facts, "joined_count"):
        return f"[Resolved] No incident of the roll-up stands by itself any more{_team(facts)}"
    if not remaining:
        every = f"All {count(new + told, 'incident')}" if new + told > 1 else "The last incident"
        return f"[Resolved] {every} of the roll-up {'are' if new + told > 1 else 'is'} over{_team(facts)}"
    if told and not new and not _number(facts, "over_count"):
        return f"[{severity.capitalize()}] {_are(remaining, 'still broken')}{_team(facts)}"
    if told:
        return f"[{severity.capitalize()}] {remaining:,} of {count(new + told, 'incident')} remain{_team(facts)}"
    return f"[{severity.capitalize()}] {count(new, 'incident')} began at once{_team(facts)}"


def rollup_headline(facts: Facts) -> str:
    """How many began, how many are over, and how many are left."""
    new, told, over, remaining = (
        _number(facts, name) for name in ("new_count", "told_count", "over_count", "remaining_count")
    )
    said = []
    if new:
        more = "more " if told else ""
        said.append(f"{count(new, f'{more}incident')} began at once, so they are told in one message.")
    joined, good = _number(facts, "joined_count"), _number(facts, "good_count")
    if not remaining and not joined:
        left = f"All {count(told, 'incident')} that were still broken are over."
        return " ".join([*said, "All of them are over." if new else left])
    if over:
        said.append(f"{_are(over, 'over')}.")
    if joined:
        said.append(f"{_are(joined, 'part of other incidents now')}, and messages go out about those.")
    if remaining:
        every = remaining == new > 1 and not told + joined
        left = "All of them are still broken" if every else _are(remaining, "still broken")
        said.append(f"{left}{_by_severity(facts)}.{_causes(facts)}")
    if good:
        said.append(f"Of these, {_are(good, 'good again for the time being')}.")
    return " ".join(said)


def rollup_details(facts: Facts) -> Details:
    """The worst of those that are left."""
    if not _number(facts, "remaining_count"):
        return []
    return [*_items(facts), ("What comes next", "Their ends are told together as well, not one by one.")]


def footer(facts: Facts) -> str:
    """Why its reader gets it."""
    because = clean(facts.get("because"), REASON_LIMIT)
    return sentence(f"You get this because {because}") if because else ""


def _items(facts: Facts) -> Details:
    items: Sequence[Facts] = facts.get("items") or []
    lines = []
    for number, item in enumerate(items, 1):
        began = local({**item, "timezone": facts.get("timezone")}, "began")
        since = f" (since {moment({**item, 'timezone': facts.get('timezone')}, 'began')})" if began else ""
        severity = clean(item.get("severity"), NAME_LIMIT).capitalize()
        lines.append((f"{number}. {severity}", f"{clean(item.get('title'), TITLE_LIMIT)}{since}"))
    left = _number(facts, "count") - len(items)
    more = f"{count(left, 'more incident')}; the list of incidents has them all." if left > 0 else ""
    return [*lines, ("Beside these", more)]


def _by_severity(facts: Facts) -> str:
    """` (2 critical, 10 high)`."""
    numbers: Facts = facts.get("severities") or {}
    return f" ({', '.join(f'{number:,} {name}' for name, number in numbers.items())})" if numbers else ""


def _causes(facts: Facts) -> str:
    """` Most are on the connection shop (900).`, which is where to look first."""
    causes = [(clean(name, NAME_LIMIT), number) for name, number in facts.get("causes") or []]
    if not causes or _number(facts, "count") < 2:
        return ""
    named = [f"{name} ({number:,})" for name, number in causes]
    where = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f" Look first at the connection{'s' if len(named) > 1 else ''} {where}."


def _are(number: int, how: str) -> str:
    return f"{count(number, 'incident')} {'is' if number == 1 else 'are'} {how}"


def _team(facts: Facts) -> str:
    team = clean(facts.get("team"), NAME_LIMIT)
    return f" in the team {team}" if team else ""


def _number(facts: Facts, name: str) -> int:
    return int(facts.get(name) or 0)

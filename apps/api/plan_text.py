"""A plan as lines for people, and as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from difflib import ndiff
from typing import Any

from apps.api.plan import Action, FieldChange, Plan, Step
from apps.common.records import record

SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.REMOVE: "-"}


@record
class Outcome:
    """What an apply did, or what a dry run would do. `sentences`: by rule, when it alerts; `costs` and `past`: by rule,
    what it would be billed and when it would have alerted, which a dry run asks."""

    plan: Plan
    sentences: Mapping[str, str]
    warnings: tuple[str, ...]
    new_team: bool
    applied: bool
    costs: Mapping[str, str] = field(default_factory=dict)
    past: Mapping[str, str] = field(default_factory=dict)


def render(outcome: Outcome) -> str:
    """The plan, with the sentence of each rule that is added or changed, and a line that counts."""
    plan = outcome.plan
    head = f"Team {plan.team}{' (new)' if outcome.new_team else ''}"
    lines = [head, *_step_lines(plan, outcome.sentences, outcome.past, outcome.costs)]
    if extra := plan.of(Action.EXTRA):
        lines += ["Not in the file (kept; --prune removes them):", *(f"    {_entry(step)}" for step in extra)]
    return "\n".join([*lines, "", plan.summary])


def as_values(outcome: Outcome) -> dict[str, Any]:
    """The plan as JSON values."""
    plan, sentences = outcome.plan, outcome.sentences
    counts = {action.value: len(plan.of(action)) for action in Action}
    steps = [
        {"action": step.action.value, "what": step.section, "name": step.name}
        | ({"changes": [change._asdict() for change in step.fields]} if step.fields else {})
        | ({"sentence": sentences[step.name]} if _speaks(step, sentences) else {})
        | ({"cost": outcome.costs[step.name]} if _speaks(step, outcome.costs) else {})
        | ({"past": outcome.past[step.name]} if _speaks(step, outcome.past) else {})
        for step in plan.steps
    ]
    return {
        "team": plan.team,
        "new_team": outcome.new_team,
        "applied": outcome.applied,
        "counts": counts,
        "steps": steps,
        "warnings": list(outcome.warnings),
    }


def _step_lines(plan: Plan, *told: Mapping[str, str]) -> Iterator[str]:
    for step in plan.of(Action.ADD, Action.CHANGE, Action.REMOVE):
        yield f"{SIGNS[step.action]} {_entry(step)}"
        yield from (f"    {line}" for change in step.fields for line in _change(change))
        yield from (f"    {sentences[step.name]}" for sentences in told if _speaks(step, sentences))


def _entry(step: Step) -> str:
    return f"{step.section} {step.name}"


def _speaks(step: Step, sentences: Mapping[str, str]) -> bool:
    return step.section == "rule" and step.action in (Action.ADD, Action.CHANGE) and bool(sentences.get(step.name))


def _change(change: FieldChange) -> Iterator[str]:
    """In one line; a text of several lines, such as SQL, line by line."""
    if "\n" not in change.old + change.new:
        yield f"{change.field}: {change.old} -> {change.new}" if change.old else f"{change.field}: {change.new}"
        return
    yield f"{change.field}:"
    compared = ndiff(change.old.splitlines(), change.new.splitlines())
    yield from (f"  {line}" for line in compared if not line.startswith("?"))

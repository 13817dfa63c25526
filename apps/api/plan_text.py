"""A plan as lines for people, and as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.api.plan import Action, FieldChange, Plan, Step

SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.REMOVE: "-"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did, or what a dry run would do. `sentences`: by rule, when it alerts; `costs`: by rule, what it
    would be billed, which a dry run asks."""

    plan: Plan
    sentences: Mapping[str, str]
    warnings: tuple[str, ...]
    new_team: bool
    applied: bool
    costs: Mapping[str, str] = field(default_factory=dict)


def render(outcome: Outcome) -> str:
    """The plan, with the sentence of each rule that is added or changed, and a line that counts."""
    plan = outcome.plan
    head = f"Team {plan.team}{' (new)' if outcome.new_team else ''}"
    lines = [head, *_step_lines(plan, outcome.sentences, outcome.costs)]
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
        yield from (f"    {_change(change)}" for change in step.fields)
        yield from (f"    {sentences[step.name]}" for sentences in told if _speaks(step, sentences))


def _entry(step: Step) -> str:
    return f"{step.section} {step.name}"


def _speaks(step: Step, sentences: Mapping[str, str]) -> bool:
    return step.section == "rule" and step.action in (Action.ADD, Action.CHANGE) and bool(sentences.get(step.name))


def _change(change: FieldChange) -> str:
    return f"{change.field}: {change.old} -> {change.new}" if change.old else f"{change.field}: {change.new}"

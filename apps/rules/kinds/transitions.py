"""Transitions: a status goes only where it may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from apps.rules.kinds.contract import Subject
from apps.rules.kinds.stepping import Stepping, StepSettings
from apps.rules.kinds.steps import Step

ARROW = ">"
SHOWN = 8


def _check_step(text: str) -> str:
    parts = [part.strip() for part in text.split(ARROW)]
    if len(parts) != 2 or not all(parts):
        raise ValueError(f"{text!r} is no step; write two values with {ARROW} between them, such as paid > shipped")
    return f" {ARROW} ".join(parts)


StepText = Annotated[
    str, AfterValidator(_check_step), WithJsonSchema({"type": "string", "examples": ["draft > paid", "paid > shipped"]})
]


class TransitionsSettings(StepSettings):
    """The status, and the steps that it may take."""

    column: str = Field(min_length=1, title="Status column", description="The column whose steps are followed.")
    allow: tuple[StepText, ...] = Field(
        min_length=1,
        max_length=500,
        title="Allowed steps",
        description="Such as draft > paid. * stands for any value: * > cancelled. Staying the same is always allowed.",
    )


class Transitions(Stepping):
    label = "Allowed transitions"
    tells = "A status took a step that it may not take, such as from shipped back to draft."
    Settings = TransitionsSettings
    settings: TransitionsSettings

    @property
    def followed(self) -> tuple[str, ...]:
        return (self.settings.column,)

    def is_bad(self, step: Step) -> bool:
        before, now = (value if value is not None else "NULL" for value in (step.before[0], step.now[0]))
        ways = {f"{one} {ARROW} {two}" for one in (before, "*") for two in (now, "*")}
        return ways.isdisjoint(self.settings.allow)

    @property
    def fault_words(self) -> str:
        return f"took a step of {self.settings.column} that is not allowed"

    def step_words(self, step: Step) -> str:
        before, now = ("no value" if value is None else value for value in (step.before[0], step.now[0]))
        return f"{before} → {now}"

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        steps = self.settings.allow
        shown = ", ".join(step.replace(ARROW, "→") for step in steps[:SHOWN])
        more = f" and {len(steps) - SHOWN} more" if len(steps) > SHOWN else ""
        return (
            f"Alerts if the {self.settings.column} of any {self.settings.key} in {subject} takes another step than "
            f"{shown}{more}, {self._how}."
        )

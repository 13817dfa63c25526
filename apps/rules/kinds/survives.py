"""Survives: a value is still there after an event, such as a customer's settings after a change of plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from apps.rules.kinds.contract import Subject
from apps.rules.kinds.stepping import Stepping, StepSettings
from apps.rules.kinds.steps import Step


class SurvivesSettings(StepSettings):
    """What must survive, and which event."""

    columns: tuple[str, ...] = Field(
        min_length=1, max_length=20, title="Values that survive", description="Columns whose values must stay."
    )
    event: str = Field(
        min_length=1,
        title="Event",
        description="The column whose change is the event, such as plan or email.",
    )
    lost: bool = Field(
        default=False, title="Only when lost", description="A value may change with the event, but not become empty."
    )


class Survives(Stepping):
    label = "A value survives an event"
    tells = "Values were lost or changed when something else changed, such as settings with a change of plan."
    Settings = SurvivesSettings
    settings: SurvivesSettings

    @property
    def followed(self) -> tuple[str, ...]:
        return (self.settings.event, *self.settings.columns)

    def is_bad(self, step: Step) -> bool:
        return step.before[0] != step.now[0] and bool(self._gone(step))

    @property
    def fault_words(self) -> str:
        what = "lost" if self.settings.lost else "lost or changed"
        return f"{what} {' or '.join(self.settings.columns)} when {self.settings.event} changed"

    def step_words(self, step: Step) -> str:
        # The values themselves may be personal; that they are gone is what matters.
        gone = ", ".join(self._gone(step))
        return f"{gone} did not survive the change of {self.settings.event}"

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        columns = ", ".join(self.settings.columns)
        happens = "is lost" if self.settings.lost else "is lost or changes"
        return (
            f"Alerts if {columns} of any {self.settings.key} in {subject} {happens} when {self.settings.event} "
            f"changes, {self._how}."
        )

    def _gone(self, step: Step) -> list[str]:
        pairs = zip(self.settings.columns, step.before[1:], step.now[1:], strict=True)
        return [name for name, before, now in pairs if before not in (None, "") and self._is_gone(before, now)]

    def _is_gone(self, before: str | None, now: str | None) -> bool:
        return now in (None, "") if self.settings.lost else before != now

"""A store that was filled for a benchmark, and how its engine gets there. Light, as memory is measured beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apps.connections.engines import ENGINES
from apps.connections.engines.contract import Engine


@dataclass(frozen=True)
class Filled:
    """`place` are attributes of the engine's class that lead it to the store; `note` says what answers there."""

    settings: dict[str, Any]
    place: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def lead(self, key: str) -> type[Engine]:
        """The engine, sent to the store."""
        driver = ENGINES[key]
        for name, value in self.place.items():
            setattr(driver, name, value)
        return driver

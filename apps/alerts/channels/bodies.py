"""JSON bodies below a provider's limit: long lists and texts are cut step by step until the body is small enough."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.common.records import record


@record
class Cut:
    """How much of every list and text is kept; None keeps all."""

    items: int | None = None
    characters: int | None = None

    @property
    def cuts(self) -> bool:
        return self.items is not None

    def of(self, value: Any) -> Any:
        """`value` with the lists and texts in it cut; a text that lost its end says so by an ellipsis."""
        if isinstance(value, str):
            return cropped(value, self.characters or len(value))
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value[: self.items]]
        if isinstance(value, Mapping):
            return {name: self.of(item) for name, item in value.items()}
        return value


CUTS: Sequence[Cut] = (Cut(), Cut(200, 2_000), Cut(50, 500), Cut(10, 200), Cut(3, 100))


def fitted(limit: int, make: Callable[[Cut], Mapping[str, Any]]) -> bytes:
    """What `make` makes with the gentlest cut that stays below `limit` bytes of JSON, else with the hardest."""
    body = b""
    for cut in CUTS:
        body = encoded(make(cut))
        if len(body) < limit:
            break
    return body


def encoded(value: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8. Half a character, as some databases hold it in names, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def cropped(text: str, limit: int) -> str:
    """`text` with at most `limit` characters; one that lost its end says so by an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

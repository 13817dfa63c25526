"""The roots of our own error families. Each app draws its own branch at the head of one file.

MidwatchError
├── InvalidInput          a person's input cannot be accepted; nothing was changed
│   └── NotFoundNearby    a name that does not exist, with the nearest ones that do
└── (connections)  EngineError …       (alerts)  SendError …
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


class MidwatchError(Exception):
    """An error whose text is a sentence for the person who sees it and says what to do next."""


class InvalidInput(MidwatchError):
    """Input that cannot be accepted. `field` names the offending field, empty when it is the whole."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotFoundNearby(InvalidInput):
    """A name that does not exist; the message ends with up to three near ones."""

    def __init__(self, message: str, name: str, known: Iterable[str], *, field: str = "") -> None:
        super().__init__(f"{message} {near(name, known)}".strip(), field=field)


NEARLY = 0.85


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def near(name: str, known: Iterable[str]) -> str:
    """'Did you mean a, b or c?', or an empty text when nothing comes near `name`."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    if not close:
        return ""
    # Beside a name that is nearly the same, one that is merely like it only distracts.
    best = _likeness(name, close[0])
    matches = [folded[match] for match in close if best < NEARLY or _likeness(name, match) >= NEARLY]
    listed = f"{', '.join(matches[:-1])} or {matches[-1]}" if len(matches) > 1 else matches[0]
    return f"Did you mean {listed}?"

"""Cutting secrets out of what is shown, should one ever get into it."""

from __future__ import annotations

import re

from apps.common.plugins import Settings

LONG_WORD = 40  # characters: the lines of a key are longer, what a person writes is shorter
SHORTEST = 4  # shorter ones stand in too many words and numbers to be told from them


def secret_words(settings: Settings) -> frozenset[str]:
    """What must not be shown: each secret, and the long words in it, such as the lines of a key. Pure.

    What stands in the plain settings as well is no secret.
    """
    plain = str(settings.plain())
    found: set[str] = set()
    for secret in settings.secrets().values():
        words = re.split(r'[\s"]+', secret.replace("\\n", "\n"))
        found |= {secret.strip(), *(word for word in words if len(word) >= LONG_WORD and "@" not in word)}
    return frozenset(word for word in found if len(word) >= SHORTEST and word not in plain)


def hide(text: str, words: frozenset[str]) -> str:
    """`text` without `words`. Pure."""
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text)
    return text

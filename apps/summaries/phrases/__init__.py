"""Sentences that other parts of Midwatch write into the facts, in English, told in another language.

Facts keep English: pages show it, programs and the language model read it.
"""

from __future__ import annotations

from apps.summaries.language import is_english


def told(text: str) -> str:
    """`text` in the language that is spoken; as it is in English, and where nobody foresaw it."""
    if is_english() or not text:
        return text
    from apps.summaries.phrases.matching import found  # noqa: PLC0415 (a check writes English, and loads none of it)

    return found(text) or text

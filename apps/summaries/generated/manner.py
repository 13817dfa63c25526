"""How a text may be written at all: its length and form, its language, and what it must not ask or claim. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from apps.summaries.generated.languages import LANGUAGES, OTHERS
from apps.summaries.generated.reading import words_of
from apps.summaries.generated.vocabulary import Language

LONGEST = 700
MOST_SENTENCES = 4
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”“»)]*\s+(?=\S)")
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|z\.B|d\.h|u\.a|approx|ca|no|Nr|vs)|\d)\.$")
LINK = re.compile(r"(?:\b[a-z][a-z0-9+.\-]*://|\bwww\.|\bmailto:|\]\()", re.IGNORECASE)
MARKUP = re.compile(
    r"<\s*/?\s*[a-z!]|&[a-z#0-9]+;|\*\*|__|`|^\s{0,3}(?:#{1,6}\s|[-*+•]\s|>\s|\d+[.)]\s|\|)",
    re.IGNORECASE | re.MULTILINE,
)
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk", "Zl", "Zp", "No", "Nl"})
FEW_WORDS = 8
ALSO_NOUNS = frozenset({"check", "update", "open", "start", "stop", "drop", "use", "fix", "correct", "do"})
BEFORE_COMMANDS = frozenset({"then", "and", "to", "now", "or", "just", "not", "sie", "dann"})
CAUSE_PHRASES = ("due to", "as a result", "led to", "owing to", "thanks to", "stems from", "the culprit", "is why")


def trouble_with_form(text: str) -> str:
    """Why a text cannot stand for its form alone; empty when it can."""
    if not text.strip():
        return "It is empty."
    if len(text) > LONGEST:
        return f"It is longer than {LONGEST} characters."
    if any(unicodedata.category(char) in UNSEEN for char in text if char != "\n"):
        return "It has characters that are no plain text."
    if "\n\n" in text.strip() or MARKUP.search(text):
        return "It has markup or lists in it."
    if LINK.search(text):
        return "It has a link in it."
    if len(sentences(text)) > MOST_SENTENCES:
        return f"It has more than {MOST_SENTENCES} sentences."
    return "" if re.search(r"[.!?][\"'”“»)]*\s*$", text) else "It breaks off."


def sentences(text: str) -> list[str]:
    """The sentences. A full stop behind a number or an abbreviation ends none."""
    found: list[str] = []
    for part in SENTENCE_END.split(text.strip()):
        if found and ABBREVIATED.search(found[-1]) and not part[:1].isupper():
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def trouble_with_language(text: str, language: Language) -> str:
    """Whether it is written in another language than asked for."""
    words = [word.casefold() for word in words_of(text)]
    own = sum(word in language.common for word in words)
    ours = {each.name: each.common for each in LANGUAGES.values() if each.name != language.name}
    for name, common in {**ours, **OTHERS}.items():
        if sum(word in common - language.common for word in words) > own:
            return f"It is written in {name}, not in {language.name}."
    return "" if own or len(words) < FEW_WORDS else f"It is not written in {language.name}."


def trouble_with_tone(text: str, language: Language) -> str:
    """Whether it tells its reader what to do, or claims to know a cause."""
    for sentence in sentences(text):
        words = [word.casefold() for word in words_of(sentence)]
        if asked := _asks(words, language):
            return f"It tells its reader what to do (“{asked}”), and no fact says that."
        if claimed := _claims_cause(sentence.casefold(), words, language):
            return f"It claims to know a cause (“{claimed}”)."
    return ""


def _asks(words: Sequence[str], language: Language) -> str:
    """The word by which a sentence tells somebody to act."""
    if words and words[0] in language.commands:
        return words[0]
    for before, word in zip(["", *words], words, strict=False):
        if word in language.told_to_act:
            return word
        if before in BEFORE_COMMANDS and word in language.commands - ALSO_NOUNS:
            return f"{before} {word}"
        if word == "sie" and before == words[0] and before.endswith("en"):
            return f"{before} Sie"
    return ""


def _claims_cause(sentence: str, words: Sequence[str], language: Language) -> str:
    if any(word in language.hedges for word in words):
        return ""
    phrases = [phrase for phrase in CAUSE_PHRASES if phrase in sentence]
    return next(iter([*phrases, *(word for word in words if word in language.causes)]), "")

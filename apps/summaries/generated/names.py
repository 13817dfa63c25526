"""Whether every name in a text stands in the facts: quoted words, identifiers, tables, and whatever is written with a
capital where its language writes none. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from apps.summaries.generated.manner import sentences
from apps.summaries.generated.reading import WORD, Claims, bare
from apps.summaries.generated.vocabulary import Language

QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]|(?<!\w)['‘’‚]([^'‘’‚]*)['‘’](?!\w)")
PARTS = re.compile(r"[./:]")
OWN_NAMES = frozenset({"midwatch"})


def unknown_name(text: str, said: Claims, known: Claims, facts: Sequence[str], language: Language) -> str:
    """The first name that no fact has; empty when all are known."""
    words = known.words | _parts(known.identifiers) | OWN_NAMES
    whole = " ".join(facts).casefold()
    found = (
        *(quoted for quoted in _quoted(text) if " ".join(quoted.casefold().split()) not in whole),
        *sorted(said.identifiers - known.identifiers),
        *(word for word in WORD.findall(text) if not _is_latin(word) and word.casefold() not in words),
        *_capitalised(text, words, language),
        *_of_things(text, words, language),
    )
    return next(iter(found), "")


def _parts(identifiers: Collection[str]) -> frozenset[str]:
    """`orders` of `main.orders`."""
    return frozenset(part for each in identifiers for part in PARTS.split(each) if part)


def _quoted(text: str) -> Iterator[str]:
    return (match[1] or match[2] or "" for match in QUOTED.finditer(text))


def _is_latin(word: str) -> bool:
    return all(not char.isalpha() or "LATIN" in unicodedata.name(char, "") for char in word)


def _capitalised(text: str, words: Collection[str], language: Language) -> Iterator[str]:
    """Words with a capital that no fact has. A sentence may begin with an ordinary word; German nouns have capitals."""
    months_and_days = {*language.months, *language.weekdays}
    for sentence in sentences(text):
        for place, match in enumerate(WORD.finditer(sentence)):
            word = bare(match[0])
            plain = word.casefold()
            if word[:1].islower() or plain in words or plain in months_and_days or plain in language.ordinary:
                continue
            if set(plain.split("-")) <= {*words, *language.ordinary, *language.numbers, *language.starters}:
                continue
            if place == 0 and (plain in language.starters or plain in language.numbers):
                continue
            yield word


def _of_things(text: str, words: Collection[str], language: Language) -> Iterator[str]:
    """Names without a mark of their own beside what they name: `the customers table`, `in table customers`."""
    for sentence in sentences(text):
        row = [bare(word).casefold() for word in WORD.findall(sentence)]
        for place, word in enumerate(row):
            if word not in language.things:
                continue
            before = row[place - 1] if place else ""
            after = row[place + 1] if place + 1 < len(row) else ""
            for near in (before, after):
                if near and not _is_ordinary(near, words, language):
                    yield near


def _is_ordinary(word: str, words: Collection[str], language: Language) -> bool:
    known = word in words or word in language.beside_things or word in language.things
    in_lists = word in language.numbers or word in language.starters or word in language.quantities
    return known or in_lists or word.endswith("ed")

"""The numbers in a text with their units: in digits, in words, in ranges, and as lengths of time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from apps.common.records import record
from apps.summaries.generated.vocabulary import MEASURED, Language

NUMBER = r"\d+(?:[.,'’]\d+)*"
SIGNED = re.compile(rf"(?<![\w.,])(?P<sign>(?<![\w)\d])[-+])?(?P<number>{NUMBER})(?P<ordinal>st|nd|rd|th)?(?!\w)")
GLUED = re.compile(rf"(?<![\w.,])({NUMBER})(?:-(?=[^\W\d_])|(?=%)|(?=(?!(?:st|nd|rd|th)\b)[^\W\d_]))")
FOLLOWS = re.compile(r"\s*(?:(%)|([^\W\d_]+)(?:\s+([^\W\d_]+))?)")
RANGE = re.compile(r"\s*(?:-|–|—|to|and|or|bis|und|oder)\s*", re.IGNORECASE)
IN_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
BETWEEN_PARTS = re.compile(r"\s*[^\W\d_]+\.?\s*(?:,\s*and|,|and|und)?\s*", re.IGNORECASE)
ARTICLES = frozenset(["a", "an", "one", "ein", "eine", "einer", "einem", "einen"])
LENGTH, ORDINAL, PERCENT = "length", "ordinal", "percent"
TEN, TWENTY = 10, 20
Amount = tuple[Decimal, str]


@record
class Found:
    """A number in a text: where it stands, its value, and its unit (empty: none)."""

    start: int
    end: int
    value: Decimal
    unit: str


def amounts_in(text: str, language: Language) -> tuple[set[Amount], set[str]]:
    """The amounts, lengths of time in seconds; and the numbers that cannot be read."""
    apart = GLUED.sub(r"\1 ", text)
    found, unreadable = _in_digits(apart, language)
    found = sorted([*found, *_in_words(apart, language)], key=lambda each: each.start)
    return set(_joined(found, apart)), unreadable


def _in_digits(text: str, language: Language) -> tuple[list[Found], set[str]]:
    found, unreadable = [], set()
    for match in SIGNED.finditer(text):
        value = _value(match["number"], language)
        if value is None:
            unreadable.add(match["number"])
            continue
        signed = -value if match["sign"] == "-" else value
        unit = ORDINAL if match["ordinal"] else _unit_after(text, match.end(), language)
        found.append(_scaled(Found(match.start(), match.end(), signed, unit), text, language))
    return found, unreadable


def _value(number: str, language: Language) -> Decimal | None:
    """The value of digits as this language writes them; None for a form that it does not have."""
    thousands, decimal = re.escape(language.thousands), re.escape(language.decimal)
    if not re.fullmatch(rf"(?:\d+|\d{{1,3}}(?:[{thousands}'’]\d{{3}})+)(?:{decimal}\d+)?", number):
        return None
    plain = re.sub(rf"[{thousands}'’]", "", number).replace(language.decimal, ".")
    return plainly(Decimal(plain))


def plainly(value: Decimal) -> Decimal:
    """The same value in one form: 5.0 is 5."""
    return value.normalize() + 0


def _unit_after(text: str, end: int, language: Language) -> str:
    """The unit that follows: at once, or behind one word such as `new`; that of a range stands at its end."""
    follows = FOLLOWS.match(text, end)
    if follows and follows[1]:
        return PERCENT
    first, second = (follows[2].casefold(), (follows[3] or "").casefold()) if follows else ("", "")
    if first in language.units:
        return language.units[first]
    joint = RANGE.match(text, end)
    following = SIGNED.match(text, joint.end()) if joint else None
    if following:
        return _unit_after(text, following.end(), language)
    return language.counted.get(first) or language.counted.get(second, "")


def _scaled(found: Found, text: str, language: Language) -> Found:
    """`1.2 million rows` as 1,200,000 rows."""
    follows = FOLLOWS.match(text, found.end)
    scale = language.scales.get((follows[2] or "").casefold()) if follows else None
    if follows is None or scale is None:
        return found
    end = follows.end(2)
    return Found(found.start, end, plainly(found.value * scale), _unit_after(text, end, language))


def _in_words(text: str, language: Language) -> Iterator[Found]:
    for match in IN_WORDS.finditer(text):
        word, unit = match[0].casefold(), _unit_after(text, match.end(), language)
        value = _number_word(word, language)
        if word in ARTICLES:
            # "one" counts only what can be counted, "a" only what is measured: "one of them", "a table" state nothing.
            counts = unit in MEASURED or (bool(unit) and word == "one")
            value = Decimal(1) if counts else None
        if value is not None:
            yield _scaled(Found(match.start(), match.end(), value, unit), text, language)


def _number_word(word: str, language: Language) -> Decimal | None:
    """`seven`, `twenty-one`, `einundzwanzig`."""
    if word in language.numbers:
        return Decimal(language.numbers[word])
    tens, _, ones = word.partition("-")
    if not ones and "und" in word:
        ones, _, tens = word.partition("und")
        ones = "eins" if ones == "ein" else ones
    if language.numbers.get(tens, 0) >= TWENTY and 0 < language.numbers.get(ones, 0) < TEN:
        return Decimal(language.numbers[tens] + language.numbers[ones])
    return None


def _joined(numbers: Sequence[Found], text: str) -> Iterator[Amount]:
    """The amounts; lengths of time that belong together, such as `2 h 10 min`, are one."""
    position = 0
    while position < len(numbers):
        last = numbers[position]
        position += 1
        if last.unit not in MEASURED:
            yield last.value, last.unit
            continue
        seconds = last.value * MEASURED[last.unit]
        while position < len(numbers) and _continues(last, numbers[position], text):
            last = numbers[position]
            seconds += last.value * MEASURED[last.unit]
            position += 1
        yield plainly(seconds), LENGTH


def _continues(one: Found, other: Found, text: str) -> bool:
    """Whether `other` is a smaller part of the same length of time."""
    if other.unit not in MEASURED or MEASURED[other.unit] >= MEASURED[one.unit]:
        return False
    return BETWEEN_PARTS.fullmatch(text, one.end, other.start) is not None

"""What a text states that can be compared: amounts with their units, times of day, dates, and the names in it. Pure.

The same function reads the facts and the answer, so a difference between them is one of content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from apps.common.records import record
from apps.summaries.generated.amounts import NUMBER, Amount, amounts_in
from apps.summaries.generated.vocabulary import Language

T = TypeVar("T")
PUNCTUATION = ".,;:!?()[]{}\"'“”„«»…–—‘’"
ABBREVIATIONS = frozenset({"e.g", "i.e", "a.m", "p.m", "z.b", "d.h", "u.a"})
BY_PROGRAMS = "_@\\#$=<>|~^*`"
WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
LETTER = re.compile(r"[^\W\d_]")
MIXED_CASE = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]")
WITHIN = re.compile(r"[^\W\d]\w*[./:]\w|\w[./:][^\W\d]")
ISO_DATE = re.compile(r"(?<!\w)(\d{4})-(\d{2})-(\d{2})(?!\d)")
DOTTED_DATE = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})?(?!\w)")
CLOCK = re.compile(r"(?<![\w:.])(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m\b\.?)?(?![\w:])", re.IGNORECASE)
HOUR = re.compile(r"(?<![\w:.,])(\d{1,2})\s*(?:([ap])\.?m\b\.?|uhr\b)", re.IGNORECASE)
Day = tuple[int | None, int | None, int | None]
Form = tuple[re.Pattern[str], Callable[[re.Match[str]], T]]


@record
class Claims:
    """What a text states. Amounts have a unit (empty: none), lengths of time are in seconds. Times are seconds of the
    day, dates (year, month, day) with None for what is left open. `unreadable` are numbers in no known form."""

    amounts: frozenset[Amount]
    times: frozenset[int]
    dates: frozenset[Day]
    identifiers: frozenset[str]
    words: frozenset[str]
    unreadable: frozenset[str]


def normal(text: str) -> str:
    """One form for each character; thousands that are set apart by a thin space hang together."""
    together = re.sub(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))", "’", text)
    return unicodedata.normalize("NFKC", together).replace("−", "-").replace("\u2010", "-").replace("\u2011", "-")


def read(texts: Iterable[str], language: Language) -> Claims:
    """Read texts that are `normal`, each by itself: two numbers that meet where texts do are never one."""
    each = [_read(text, language) for text in texts]
    return Claims(
        amounts=frozenset().union(*(one.amounts for one in each)),
        times=frozenset().union(*(one.times for one in each)),
        dates=frozenset().union(*(one.dates for one in each)),
        identifiers=frozenset().union(*(one.identifiers for one in each)),
        words=frozenset().union(*(one.words for one in each)),
        unreadable=frozenset().union(*(one.unreadable for one in each)),
    )


def _read(text: str, language: Language) -> Claims:
    names, rest = _identifiers(text, language)
    dates, rest = _taken(rest, _date_forms(language))
    times, rest = _taken(rest, TIME_FORMS)
    amounts, unreadable = amounts_in(rest, language)
    words = frozenset(word.casefold() for word in words_of(text))
    return Claims(
        frozenset(amounts), frozenset(times), frozenset(dates), frozenset(names), words, frozenset(unreadable)
    )


def words_of(text: str) -> Iterator[str]:
    """The words, without the `'s` at their end; those with a hyphen also by their parts."""
    for word in WORD.findall(text):
        plain = bare(word)
        yield plain
        if "-" in plain:
            yield from plain.split("-")


def bare(word: str) -> str:
    """A word without the `'s` at its end."""
    return re.sub(r"['’]s?$", "", word)


def tokens(text: str) -> Iterator[tuple[int, str]]:
    """What stands between blanks, without the punctuation around it, and where."""
    for match in re.finditer(r"\S+", text):
        token = match[0].lstrip(PUNCTUATION)
        start = match.start() + len(match[0]) - len(token)
        yield start, bare(token.rstrip(PUNCTUATION))


def _identifiers(text: str, language: Language) -> tuple[set[str], str]:
    """Names as programs write them, and the text with blanks in their place."""
    found, rest = set(), text
    for start, token in tokens(text):
        if token and is_identifier(token, language):
            found.add(token.casefold())
            rest = rest[:start] + " " * len(token) + rest[start + len(token) :]
    return found, rest


def is_identifier(token: str, language: Language) -> bool:
    """Whether it is written as programs write names: `main.orders`, `updated_at`, `DuckDB`, `Europe/Berlin`, `#12`."""
    if token.casefold() in ABBREVIATIONS:
        return False
    if any(mark in token for mark in BY_PROGRAMS):
        return True
    if WITHIN.search(token) or MIXED_CASE.search(token):
        return True
    return bool(LETTER.search(token)) and bool(re.search(r"\d", token)) and not _is_measure(token, language)


def _is_measure(token: str, language: Language) -> bool:
    """`10min`, `70-minute`, `21st`, `3-5h`."""
    match = re.fullmatch(rf"[-+]?{NUMBER}(?:[-–]{NUMBER})?-?([^\W\d_]+)", token)
    unit = match[1].casefold() if match else ""
    return unit in {"st", "nd", "rd", "th", "am", "pm", *language.units, *language.counted}


def _taken(text: str, forms: Sequence[Form[T]]) -> tuple[set[T], str]:
    """What matches, and the text with blanks in its place."""
    found: set[T] = set()
    for pattern, value_of in forms:
        found |= {value_of(match) for match in pattern.finditer(text)}
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return found, text


def _date_forms(language: Language) -> Sequence[Form[Day]]:
    months = language.months
    month = rf"({'|'.join(sorted(months, key=len, reverse=True))})\b\.?"
    day, year = r"(\d{1,2})(?:st|nd|rd|th|\.)?", r"(?:,?\s+(\d{4})\b)?"
    return (
        (ISO_DATE, lambda m: (int(m[1]), int(m[2]), int(m[3]))),
        (DOTTED_DATE, lambda m: (_int(m[3]), int(m[2]), int(m[1]))),
        (
            re.compile(rf"(?<!\w){day}\s+(?:of\s+)?{month}{year}", re.IGNORECASE),
            lambda m: (_int(m[3]), months[m[2].casefold()], int(m[1])),
        ),
        (
            re.compile(rf"(?<!\w){month}\s+{day}(?![\w:]){year}", re.IGNORECASE),
            lambda m: (_int(m[3]), months[m[1].casefold()], int(m[2])),
        ),
        (
            re.compile(rf"(?<!\w){month}\s+(\d{{4}})\b", re.IGNORECASE),
            lambda m: (int(m[2]), months[m[1].casefold()], None),
        ),
    )


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _second_of_day(hour: str, minute: str, second: str | None, half: str | None) -> int:
    number = int(hour)
    if half:
        number = number % 12 + (12 if half.casefold() == "p" else 0)
    return number * 3_600 + int(minute) * 60 + int(second or 0)


TIME_FORMS: Sequence[Form[int]] = (
    (CLOCK, lambda m: _second_of_day(m[1], m[2], m[3], m[4])),
    (HOUR, lambda m: _second_of_day(m[1], "0", None, m[2])),
)

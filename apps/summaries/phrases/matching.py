"""What is told in another language is known by its form.

That is a sentence of `said`, whose places hold anything, or a value of the sort that the place is named after. A text
that is not known stays as it is, and so does one of which a part is not known: never half of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from apps.summaries.language import gettext as _
from apps.summaries.phrases.parts import PARTS, WEEKDAYS
from apps.summaries.phrases.said import SAID
from apps.summaries.words import MONTHS, figure, unit_words

LENGTH = r"[\d,]+ (?:days?|h|min|s)(?: [\d,]+ (?:h|min|s))?"
DAY = rf"\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}"
MOMENT = DAY + r", \d\d:\d\d (?:\([^)]+\)|[A-Z]{2,5}|[+-]\d{2,4})"
NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
CLOCK = r"\d\d:\d\d(?::\d\d)?"
SEVERITY = "critical|high|medium|low"
NUMBERS, PERCENTS = ("number", "low", "high"), ("percent", "low_percent", "high_percent")
SEVERITIES = ("severity", "before")
COLUMN = r"(?:(?!\. )[^()])+?"
NAME = r"(?:(?!\. ).)+?"  # no name reaches into the next sentence
# What may stand at a place, by its name; anything at the others.
FORMS = {
    **dict.fromkeys(NUMBERS, NUMBER), **dict.fromkeys(PERCENTS, f"{NUMBER} %"), **dict.fromkeys(SEVERITIES, SEVERITY),
    "length": LENGTH, "dative": LENGTH, "moment": MOMENT, "until_moment": MOMENT, "column": COLUMN,
    "title": ".+?", "reason": ".+?",
    **dict.fromkeys(("time", "begin", "end"), CLOCK),
    "weekday": "|".join(WEEKDAYS), "last_weekday": "|".join(WEEKDAYS),
}  # fmt: skip
PLACE = re.compile(r"\{(\w+)\}")
UNITS = {"day": "d", "days": "d", "h": "h", "min": "m", "s": "s"}
Known = tuple[tuple[re.Pattern[str], str], ...]


def found(text: str) -> str | None:
    """`text` in the language that is spoken; None where it, or one of its sentences, is not known."""
    return _plain(text) or _sentence_by_sentence(text) or _found(text, _known(SAID))


def _plain(text: str) -> str | None:
    """A number, a share, a length or a day by itself."""
    if re.fullmatch(f"{NUMBER}(?: %)?", text):
        return figure(text)
    if re.fullmatch(DAY, text):
        return _day(text)
    return _length(text) if re.fullmatch(LENGTH, text) else None


def _sentence_by_sentence(text: str) -> str | None:
    sentences = re.split(r"(?<=\.) (?=[A-Z\d])", text)
    known = [_found(sentence, _known(SAID)) for sentence in sentences] if len(sentences) > 1 else []
    return " ".join(filter(None, known)) if known and all(known) else None


@cache
def _known(messages: tuple[str, ...]) -> Known:
    """The forms of these messages, those that say most by themselves first."""
    ordered = sorted(messages, key=lambda message: -len(PLACE.sub("", message)))
    return tuple((_pattern(message), message) for message in ordered)


def _pattern(message: str) -> re.Pattern[str]:
    places = "".join(
        f"(?P<{part[1:-1]}>{FORMS.get(part[1:-1], NAME)})" if PLACE.fullmatch(part) else re.escape(part)
        for part in re.split(r"(\{\w+\})", message.removesuffix("."))
    )
    return re.compile(f"{places}\\.?" if message.endswith(".") else places)


def _found(text: str, known: Known) -> str | None:
    for pattern, message in known:
        if match := pattern.fullmatch(text):
            values = {name: _value(name, value) for name, value in match.groupdict().items()}
            if all(value is not None for value in values.values()):
                return _(message).format(**values)
    return None


def _value(name: str, value: str) -> str | None:
    """What stands at a place, in the language; None where it had to be known and is not."""
    if name.startswith("said"):
        return _plain(value) or _found(value, _known(PARTS))
    if name == "title":
        return _found(value, _known(SAID)) or value
    say = SAY.get(name)
    return say(value) if say else value


def _length(value: str, *, dative: bool = False) -> str:
    parts: Iterable[tuple[str, str]] = re.findall(r"([\d,]+) (\w+)", value)
    return " ".join(unit_words(int(number.replace(",", "")), UNITS[unit], dative=dative) for number, unit in parts)


def _day(value: str) -> str:
    day, month, year = value.split(" ")
    return _("{day} {month} {year}").format(day=day, month=_(month), year=year)


def _moment(value: str) -> str:
    day, rest = value.split(", ")
    time, zone = rest.split(" ", 1)
    form = _("{day}, {time} ({zone})") if zone.startswith("(") else _("{day}, {time} {zone}")
    return form.format(day=_day(day), time=time, zone=zone.strip("()"))


def _options(value: str) -> str:
    names, _or, last = value.rpartition(" or ")
    if more := re.fullmatch(f"({NUMBER}) more", last):
        last = _("{number} more").format(number=figure(more[1]))
    return _("{names} or {last}").format(names=names, last=last) if names else last


SAY: dict[str, Callable[[str], str]] = {
    **dict.fromkeys((*NUMBERS, *PERCENTS), figure), **dict.fromkeys((*SEVERITIES, "weekday", "last_weekday"), _),
    **dict.fromkeys(("edge", "last_edge"), lambda value: _plain(value) or value), "moment": _moment,
    "until_moment": _moment,
    "length": _length, "dative": lambda value: _length(value, dative=True), "options": _options,
}  # fmt: skip

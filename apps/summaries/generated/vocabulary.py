"""The shape of the word lists by which the guard reads a language: units, numbers, months, and words that a text may
not use freely. Each language has a file of its own; one that is missing in `languages` gets no generated texts."""

from __future__ import annotations

from collections.abc import Mapping

from apps.common.records import record

Words = frozenset[str]


def words(text: str) -> Words:
    """The words of a line."""
    return frozenset(text.split())


def named(**forms: str) -> dict[str, str]:
    """`hour="h hour hours"` as {"h": "hour", "hour": "hour", "hours": "hour"}."""
    return {form: name for name, listed in forms.items() for form in listed.split()}


def numbered(text: str, *, first: int = 0, step: int = 1) -> dict[str, int]:
    """`numbered("zero one two")` as {"zero": 0, "one": 1, "two": 2}."""
    return {word: first + step * place for place, word in enumerate(text.split())}


@record
class Language:
    """What is needed in order to read a text of this language.

    `units` are measured ones, where another unit is another fact; `counted` are nouns that numbers count. `quantities`
    are words that state an amount without a number: they must stand in the facts, in the language of the facts
    (English) by `means`. `starters` are ordinary words that a sentence begins with, `ordinary` those that this language
    writes with a capital. `common` are the words by which the language is recognised.
    """

    name: str
    thousands: str
    decimal: str
    units: Mapping[str, str]
    counted: Mapping[str, str]
    numbers: Mapping[str, int]
    scales: Mapping[str, int]
    quantities: Words
    means: Mapping[str, str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative_days: Words
    starters: Words
    ordinary: Words
    things: Words
    beside_things: Words
    common: Words
    commands: Words
    told_to_act: Words
    causes: Words
    hedges: Words


MEASURED = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
SIZES = named(KB="kb kib kilobyte kilobytes", MB="mb mib", GB="gb gib", TB="tb tib", B="byte bytes")

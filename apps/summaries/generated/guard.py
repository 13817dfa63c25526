"""Whether a generated text may be shown: every amount, time, date and name in it must stand in the facts. Pure.

It drops too much rather than too little: a text that is dropped costs nothing, since the plain one always stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from apps.summaries.generated.amounts import LENGTH, ORDINAL, PERCENT, Amount
from apps.summaries.generated.english import ENGLISH
from apps.summaries.generated.languages import LANGUAGES
from apps.summaries.generated.manner import sentences, trouble_with_form, trouble_with_language, trouble_with_tone
from apps.summaries.generated.names import unknown_name
from apps.summaries.generated.reading import Claims, Day, normal, read
from apps.summaries.generated.vocabulary import SIZES, Language

MEASURES = frozenset({LENGTH, PERCENT, "month", *SIZES.values()})
Facts = Mapping[str, Any]


def trouble_with(text: str, *, facts: Facts, language: str) -> str:
    """Why `text` must not be shown, as a sentence; empty when it may. `facts` are what the model was given, in English.

    Where the facts have `entries` (with an `id` such as `#12` each), every sentence must name the entries that it is
    about, and is held against these alone. What `names` lists was named by people outside: a table called `999 rows`
    states no number.
    """
    spoken = LANGUAGES.get(language)
    if spoken is None:
        return f"No text in the language {language!r} can be checked."
    if trouble := trouble_with_form(text):
        return trouble
    plain = normal(text)
    if trouble := trouble_with_language(plain, spoken) or trouble_with_tone(plain, spoken):
        return trouble
    if "entries" in facts:
        return next(filter(None, (_trouble_with_cited(each, facts, spoken) for each in sentences(plain))), "")
    return _trouble_with_claims(plain, facts, spoken)


def leaves(facts: Any) -> list[str]:
    """Every name and value in the facts as a text of its own."""
    if isinstance(facts, Mapping):
        return [leaf for name, value in facts.items() for leaf in (normal(str(name)), *leaves(value))]
    if isinstance(facts, Sequence) and not isinstance(facts, str):
        return [leaf for value in facts for leaf in leaves(value)]
    return [normal(str(facts))]


def _trouble_with_cited(sentence: str, facts: Facts, language: Language) -> str:
    cited = read([sentence], language).identifiers
    entries = {str(entry["id"]).casefold(): entry for entry in facts["entries"]}
    named = [name for name in cited if name.startswith("#")]
    if not named:
        return "A sentence names no change that it is about."
    if unknown := sorted(set(named) - set(entries)):
        return f"It names a change that is not in the facts: {unknown[0]}."
    about = {**facts, "entries": [entries[name] for name in named]}
    return _trouble_with_claims(sentence, about, language)


def _trouble_with_claims(text: str, facts: Facts, language: Language) -> str:
    found = leaves(facts)
    names = sorted({name for name in leaves(facts.get("names") or []) if _hides_claims(name)}, key=len, reverse=True)
    said, named, known = read([text], language), read(found, ENGLISH), read(_without(names, found), ENGLISH)
    if said.unreadable:
        return f"It has a number that cannot be read: {min(said.unreadable)}."
    for value, unit in sorted(said.amounts):
        if not _stands((value, unit), known):
            return f"It states an amount that is not in the facts: {_shown(value, unit)}."
    if wrong := sorted(said.times - known.times):
        return f"It states a time that is not in the facts: {wrong[0] // 3600:02}:{wrong[0] % 3600 // 60:02}."
    for day in said.dates:
        if not any(_same_day(day, other) for other in known.dates):
            return f"It states a date that is not in the facts: {'-'.join(str(part or '…') for part in day)}."
    if word := _loose_word(said, known, language):
        return f"It uses a word that no fact supports: {word}."
    name = unknown_name(text, said, named, found, language)
    return f"It has a name that is not in the facts: {name}." if name else ""


def _hides_claims(name: str) -> bool:
    """A column called `min` or `rows` is left where it is: without it, numbers would lose their units."""
    return bool(name) and name.casefold() not in ENGLISH.units and name.casefold() not in ENGLISH.counted


def _without(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The texts with a blank where a name from outside stands."""
    if not names:
        return list(texts)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
    return [pattern.sub(" … ", text) for text in texts]


def _stands(amount: Amount, known: Claims) -> bool:
    """Whether a fact states this amount. A measured one needs its very unit; what is merely counted may stand alone."""
    value, unit = amount
    if amount in known.amounts:
        return True
    if unit in MEASURES:
        return False
    if unit == ORDINAL:
        return any(day == value for _, _, day in known.dates)
    if not unit and any(year == value for year, _, _ in known.dates):
        return True
    units = {other for number, other in known.amounts if number == value} - MEASURES - {ORDINAL}
    return bool(units) if not unit else "" in units


def _same_day(said: Day, known: Day) -> bool:
    return all(part is None or part == other for part, other in zip(said, known, strict=True))


def _loose_word(said: Claims, known: Claims, language: Language) -> str:
    """A word that states an amount or a day without a number: it must stand in the facts, or follow from a date."""
    for word in sorted(said.words & (language.quantities | language.relative_days)):
        if word not in known.words and language.means.get(word, word) not in known.words:
            return word
    weekdays = {date(year, month, day).weekday() for year, month, day in known.dates if year and month and day}
    for word in sorted(said.words & set(language.weekdays)):
        if language.weekdays[word] not in weekdays and word not in known.words:
            return word
    return ""


def _shown(value: Any, unit: str) -> str:
    number = f"{value:,f}"
    return {LENGTH: f"{number} s", PERCENT: f"{number} %"}.get(unit, f"{number} {unit}".strip())

"""What never leaves this installation: addresses, telephone numbers, accounts, cards, people's names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

MAIL = re.compile(r"[\w.+%\-]+@[\w\-]+(?:\.[\w\-]+)*", re.UNICODE)
WEB = re.compile(r"\b[a-z][a-z0-9+.\-]*://\S+|\bwww\.\S+", re.IGNORECASE)
IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?(?![A-Z0-9])")
DIGITS = re.compile(r"(?<![\w.,:])\d(?:[ \-]?\d){11,18}(?![\w:])")
PHONE = re.compile(
    r"(?<![\w.,:+])(?:\+\d{1,3}[ ()/.\-]{0,2}\d(?:[ ()/.\-]{0,2}\d){5,13}"
    r"|\(\d{2,5}\)[ /\-]?\d(?:[ /\-]?\d){4,10}"
    r"|0\d{1,4}[ /\-]\d(?:[ /\-]?\d){4,10}"
    r"|0\d{8,12}"
    r"|\d{3}[ .\-]\d{3}[ .\-]\d{4})(?![\w:])"
)
NETWORK = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
SECRET = re.compile(r"\b(password|passwort|pwd|secret|token|api[_ -]?key)(\s*[=:]\s*)\S+", re.IGNORECASE)
SOMEBODY = "a member of the team"
SHORTEST_NAME = 3
FORMS = (
    (WEB, "[address]"),  # first: a link may have what looks like a mail address in it
    (MAIL, "[mail address]"),
    (SECRET, r"\1\2[hidden]"),
    (IBAN, "[account number]"),
    (PHONE, "[telephone number]"),
    (DIGITS, "[long number]"),
    (NETWORK, "[network address]"),
)


def masked(value: Any, *, people: Collection[str] = ()) -> Any:
    """`value` with every text in it masked. The names in `people` become a role."""
    if isinstance(value, str):
        return _masked_text(value, people)
    if isinstance(value, Mapping):
        return {_masked_text(str(name), people): masked(each, people=people) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [masked(each, people=people) for each in value]
    return value


def _masked_text(text: str, people: Collection[str]) -> str:
    for pattern, words in FORMS:
        text = pattern.sub(words, text)
    for name in sorted(people, key=len, reverse=True):
        if len(name) >= SHORTEST_NAME:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SOMEBODY, text, flags=re.IGNORECASE)
    return text

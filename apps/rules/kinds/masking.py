"""Values of rows as people may see them: what looks personal is masked, what is long is cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

LONGEST = 80
MASK = "•••"
# Words of a column's name, wherever in it they stand. Rather too many than too few: a key is seldom called so.
PERSONAL_NAME = re.compile(
    r"(?:^|_)(?:e_?mail|phone|telephone|tel|mobile|fax|first_?name|last_?name|middle_?name|full_?name|sur_?name|nick_?name"
    r"|user_?name|maiden|login|birth\w*|dob|iban|bic|account_?(?:no|number)|card\w*|cvv|cvc|pin|ssn|social_security"
    r"|passport|tax_?id|vat_?id|national_?id|license\w*|street|address\w*|zip|zip_?code|postal\w*|post_?code|lat|latitude"
    r"|lon|lng|longitude|salary|gender|password|passwd|pwd|token|secret|api_?key|ip|ip_?v[46])(?:$|_|\d)",
    re.IGNORECASE,
)
# A name alone, or that of somebody; what a product or a country is called may be shown.
NAME = re.compile(
    r"(?:^|_)(?:person|customer|client|user|contact|holder|owner|recipient|employee|patient)s?_name$|^name$"
)
# The key of an address, a card or a token says nothing by itself; these numbers of a person do.
KEY = re.compile(r"(?<!tax)(?<!vat)(?<!national)_ids?$")
PERSONAL_TEXT = (
    re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),  # an email address
    # The number of a phone or a card, and no time such as 2026-11-21 03:00.
    re.compile(r"(?<![0-9A-Za-z-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[ ()/.-]{0,2}\d){8,}(?![0-9A-Za-z-])"),
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}\b"),  # an IBAN
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b(?:sk|pk|ghp|xox[abp])[_-][\w-]{8,}"),  # a token
)


def shown_values(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """One line per row: `id 17, country DE`."""
    return [
        ", ".join(f"{name} {masked(name, value)}" for name, value in zip(columns, row, strict=True)) for row in rows
    ]


def masked(column: str, value: Any) -> str:
    """A value in words, masked where the column's name or the value itself looks personal."""
    if value is None:
        return "NULL"
    text = value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)
    # A whole number in a column of another name is an identifier: that is what a person looks a row up by.
    looks_personal = not isinstance(value, int | float | Decimal) and any(form.search(text) for form in PERSONAL_TEXT)
    if looks_personal or is_personal(column):
        return MASK
    if not text.strip():
        return "an empty text" if not text else "a text of spaces"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def is_personal(column: str) -> bool:
    """Whether a column is called as if it held something personal, however its words are put together."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", column).lower()
    return not KEY.search(apart) and bool(PERSONAL_NAME.search(apart) or NAME.search(apart))

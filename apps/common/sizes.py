"""Amounts of bytes, and what they cost, as people write and read them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

TIB = 2**40
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
SMALLEST = 0.01  # US dollars
BYTES_IN = {"": 1, "b": 1, "byte": 1} | {unit.lower(): 1000**power for power, unit in enumerate(UNITS)}
BYTES_IN |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgtp", start=1)}
PATTERN = re.compile(r"\s*(\d{1,20}(?:\.\d{1,20})?)\s*([A-Za-z]*)\s*", re.ASCII)
WRITTEN = r"^\s*\d+(\.\d+)?\s*([KkMmGgTtPp]?[Ii]?[Bb]|[Bb]ytes?)?\s*$"  # for editors, which complete and check
MOST_DECIMALS = 3
SIZE = "size"  # the format by which a form knows such a setting in its JSON Schema


def parse_bytes(text: str) -> int:
    """Read `1 GB`, `500 MB`, `1.5 TB`, `2 GiB`, or a number of bytes. Raises ValueError with the form to use."""
    match = PATTERN.fullmatch(text)
    if match is None or match[2].lower() not in BYTES_IN:
        raise ValueError(f"{text!r} is no size; write a number and a unit, such as 500 MB, 1 GB or 1.5 TB")
    count = Decimal(match[1]) * BYTES_IN[match[2].lower()]
    if count != int(count):
        raise ValueError(f"{text!r} is no whole number of bytes")
    return int(count)


def bytes_text(count: int) -> str:
    """What `parse_bytes` reads back as the same number: `1 GB`, `1.5 TB`, `10485.76 kB`, `17 bytes`."""
    unit = next(power for power in reversed(range(len(UNITS))) if _is_short(count, power))
    return f"{(Decimal(count) / 1000**unit).normalize():f} {UNITS[unit]}"


def _is_short(count: int, power: int) -> bool:
    whole = 1000**power
    return power == 0 or (count >= whole and count * 10**MOST_DECIMALS % whole == 0)


def bytes_words(count: int) -> str:
    """`1.2 GB`, `36 GB`, `10.5 MB`, `0 bytes`: by thousands, with one decimal at most."""
    size, unit = float(count), 0
    while round(size, 1) >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return "1 byte" if count == 1 else f"{size:,.1f}".removesuffix(".0") + f" {UNITS[unit]}"


def dollars_of(count: int, price_per_tib: float) -> float:
    """What reading so many bytes costs, in US dollars; a TiB is 2**40 bytes."""
    return count / TIB * price_per_tib


def dollars_words(dollars: float) -> str:
    """`28.81 US dollars`, `less than 0.01 US dollars`; empty for nothing."""
    if dollars <= 0:
        return ""
    if dollars < SMALLEST:
        return f"less than {SMALLEST} US dollars"
    return f"{dollars:,.2f} US dollars"


def cost_words(count: int, price_per_tib: float) -> str:
    """`1.2 GB (0.01 US dollars)`; bytes alone where reading has no price."""
    money = dollars_words(dollars_of(count, price_per_tib))
    return f"{bytes_words(count)} ({money})" if money else bytes_words(count)


def _to_bytes(value: Any) -> Any:
    return parse_bytes(value) if isinstance(value, str) else value


def _not_negative(count: int) -> int:
    if count < 0:
        raise ValueError("must be 0 bytes or more")
    return count


Bytes = Annotated[
    int,
    BeforeValidator(_to_bytes),
    AfterValidator(_not_negative),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "format": SIZE, "pattern": WRITTEN},
            ],
            "examples": ["500 MB", "1 GB", "1.5 TB"],
        }
    ),
]

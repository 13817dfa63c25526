"""Whether one SQL type takes in every value of another, as the engines spell types. Pure.

It knows families that grow by themselves: whole numbers, decimals, floating point, texts, bytes. Anything else, such as
a date that became a timestamp or a number that became a text, reads differently afterwards and is no widening.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TYPE = re.compile(r"([^()\[\]]+)(?:\((\d{1,9}(?:\s*,\s*-?\d{1,9})?)\)([^()\[\]]*))?")  # name, numbers, more
UNLIMITED = 10**12
# Bytes of a whole number. A width in parentheses, which MySQL writes, says nothing about its values.
WHOLE = {
    "tinyint": 1, "byteint": 1, "byte": 1, "smallint": 2, "int2": 2, "short": 2, "mediumint": 3, "int": 4, "integer": 4,
    "int4": 4, "bigint": 8, "int8": 8, "int64": 8, "long": 8, "hugeint": 16,
}  # fmt: skip
UNSIGNED = {"utinyint": 1, "usmallint": 2, "uinteger": 4, "ubigint": 8, "uhugeint": 16}
FLOATING = {"real": 4, "float4": 4, "float": 4, "double": 8, "double precision": 8, "float8": 8}
DECIMAL = {"decimal", "numeric", "number", "bignumeric", "bigdecimal"}
TEXT = {
    "varchar": UNLIMITED, "character varying": UNLIMITED, "nvarchar": UNLIMITED, "string": UNLIMITED,
    "text": UNLIMITED, "tinytext": 255, "mediumtext": UNLIMITED + 1, "longtext": UNLIMITED + 2,
}  # fmt: skip
FIXED_TEXT = {"char": 1, "character": 1, "nchar": 1}
BYTES = {
    "varbinary": UNLIMITED, "binary varying": UNLIMITED, "bytes": UNLIMITED, "bytea": UNLIMITED,
    "tinyblob": 255, "blob": UNLIMITED, "mediumblob": UNLIMITED + 1, "longblob": UNLIMITED + 2,
}  # fmt: skip


class Extent(NamedTuple):
    """How much a type can hold: the numbers of two types of one family can be compared, each with its own kind."""

    family: str
    sizes: tuple[int, ...]


def is_widened(before: str, after: str) -> bool:
    """Whether every value of type `before` is one of type `after`, and `after` has more of them."""
    while before.endswith("[]") and after.endswith("[]"):
        before, after = before[:-2], after[:-2]
    old, new = extent(before), extent(after)
    if old is None or new is None or old == new:
        return False
    if (old.family, new.family) == ("unsigned", "whole"):
        return new.sizes > old.sizes  # the sign takes a bit
    return old.family == new.family and all(now >= then for then, now in zip(old.sizes, new.sizes, strict=True))


def extent(written: str) -> Extent | None:
    """What a type holds; None for a type of no family."""
    match = TYPE.fullmatch(written.strip().lower())
    if match is None:
        return None
    name = f"{match[1].strip()} {(match[3] or '').strip()}".strip()
    numbers = tuple(int(number) for number in (match[2] or "").split(",") if number)
    return _whole(name) or _sized(name, numbers)


def _whole(name: str) -> Extent | None:
    if name in UNSIGNED:
        return Extent("unsigned", (UNSIGNED[name],))
    signed = name.removesuffix(" unsigned")
    return Extent("whole" if signed == name else "unsigned", (WHOLE[signed],)) if signed in WHOLE else None


def _sized(name: str, numbers: tuple[int, ...]) -> Extent | None:
    if name in FLOATING:
        return Extent("floating", (FLOATING[name],))
    if name in DECIMAL:
        return _decimal(name, numbers)
    for family, sizes in (("text", TEXT), ("fixed text", FIXED_TEXT), ("bytes", BYTES)):
        if name in sizes:
            return Extent(family, (numbers[0] if numbers else sizes[name],))
    return None


def _decimal(name: str, numbers: tuple[int, ...]) -> Extent:
    """Digits before and after the point."""
    if not numbers:
        endless = UNLIMITED + name.startswith("big")
        return Extent("decimal", (endless, endless))
    precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
    return Extent("decimal", (precision - scale, scale))

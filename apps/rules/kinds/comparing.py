"""Two sets of rows compared by key, whatever stores they come from. Pure.

Numbers are compared exactly, as people write them; where either side stores it as a float, up to a tolerance. Times
with a zone are compared in UTC, others as they stand. NULL equals NULL. A row without a whole key is compared with
nothing, and neither are rows that share a key: both are differences of their own. Of sums, what is not there is 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from apps.common.records import record

ROUNDING = Decimal("1e-12")  # of a float, as a share: less than a cent of ten thousand millions
Row = Sequence[Any]
Key = tuple[Any, ...]


class Unlike(NamedTuple):
    """A key whose values differ: the place of each such value, and what stands on either side."""

    key: Key
    values: Sequence[tuple[int, Any, Any]]


@record
class Comparison:
    """What differs, by keys as their stores gave them. `compared`: how many keys there are on either side. `keyless`:
    rows that lack a part of their key. `mixed`: no key is on both sides, and they are texts on one and not on the
    other."""

    compared: int
    missing_here: Sequence[Key] = ()
    missing_there: Sequence[Key] = ()
    unlike: Sequence[Unlike] = ()
    repeated: Sequence[Key] = ()
    keyless: int = 0
    mixed: bool = False

    @property
    def differences(self) -> int:
        found = (self.missing_here, self.missing_there, self.unlike, self.repeated)
        return sum(map(len, found)) + self.keyless


@dataclass(slots=True)
class Side:
    """The rows of one side, by their comparable keys."""

    rows: dict[Hashable, Row] = field(default_factory=dict)
    repeated: dict[Hashable, Row] = field(default_factory=dict)
    keyless: int = 0

    @classmethod
    def of(cls, rows: Sequence[Row], parts: int) -> Side:
        side = cls()
        for row in rows:
            key = tuple(map(comparable, row[:parts]))
            if any(part is None for part in key):
                side.keyless += 1
            elif key in side.rows:
                side.repeated[key] = row
            else:
                side.rows[key] = row
        return side


def compare(
    here: Sequence[Row], there: Sequence[Row], *, key: int, summed: bool = False, tolerance: float = 0.0
) -> Comparison:
    """Compare rows whose first `key` columns are their key. `summed`: the others are sums."""
    one, two = Side.of(here, key), Side.of(there, key)
    repeated = one.repeated | two.repeated
    both = one.rows.keys() & two.rows.keys()
    unlike = {}
    for name in both - repeated.keys():
        pairs = zip(one.rows[name][key:], two.rows[name][key:], strict=True)
        apart = [
            (place, *pair) for place, pair in enumerate(pairs) if not same(*pair, summed=summed, tolerance=tolerance)
        ]
        if apart:
            unlike[name] = Unlike(tuple(one.rows[name][:key]), apart)

    def only(side: Side) -> list[Key]:
        alone = side.rows.keys() - both - repeated.keys()
        rows = [side.rows[name] for name in sorted(alone, key=_order)]
        return [tuple(row[:key]) for row in rows if not (summed and _all_zero(row, key))]

    return Comparison(
        len(one.rows.keys() | two.rows.keys()),
        missing_here=only(two),
        missing_there=only(one),
        unlike=[unlike[name] for name in sorted(unlike, key=_order)],
        repeated=[tuple(repeated[name][:key]) for name in sorted(repeated, key=_order)],
        keyless=one.keyless + two.keyless,
        mixed=not both and _is_text(one) != _is_text(two),
    )


def same(left: Any, right: Any, *, summed: bool = False, tolerance: float = 0.0) -> bool:
    """Whether two values of two stores are the same value."""
    one, two = comparable(left), comparable(right)
    if summed:
        one, two = Decimal(0) if one is None else one, Decimal(0) if two is None else two
    if one == two or not (isinstance(left, float) or isinstance(right, float)):
        return bool(one == two)
    if not (isinstance(one, int | Decimal) and isinstance(two, int | Decimal)):
        return False
    one, two = Decimal(one), Decimal(two)
    return abs(one - two) <= max(Decimal(str(tolerance)), abs(one) * ROUNDING, abs(two) * ROUNDING)


def comparable(value: Any) -> Hashable:
    """The value as one that equals its like from another store."""
    if value is None or isinstance(value, str | int):  # of numbers, an int and a Decimal are equal where they should be
        return value
    if isinstance(value, float | Decimal):
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        return number if number.is_finite() else str(number).lower()
    if isinstance(value, datetime):
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)


def _order(key: Hashable) -> tuple[Any, ...]:
    """Numbers by size, before texts."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple((0, part, "") if isinstance(part, int | Decimal) else (1, 0, str(part)) for part in parts)


def _all_zero(row: Row, key: int) -> bool:
    return all(same(value, None, summed=True) for value in row[key:])


def _is_text(side: Side) -> tuple[bool, ...]:
    first = next(iter(side.rows), ())
    return tuple(isinstance(part, str) for part in first) if isinstance(first, tuple) else ()

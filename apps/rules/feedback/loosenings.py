"""Which changes of a rule's settings made it alert less. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

# Settings of any kind by which a rule alerts less when they grow, or shrink; None switches the first sort off.
LOOSER_WHEN_MORE = (
    "drop", "spike", "at_most", "at_most_share", "flat", "tolerance", "every", "settle", "open_after", "min_rows",
    "min_change", "confirm",
)  # fmt: skip
LOOSER_WHEN_LESS = ("at_least",)
OFF_IS_STRICT = ("settle", "open_after", "min_rows", "min_change", "confirm")


def count_loosenings(settings: Sequence[Any]) -> int:
    """How many of the changes from each of `settings` to the next let the rule alert less, and no limit alert more."""
    return sum(is_looser(before, after) for before, after in pairwise(settings))


def is_looser(before: Any, after: Any) -> bool:
    """Whether `after` alerts less than `before`; settings of two kinds have nothing to compare."""
    if type(before) is not type(after):
        return False
    signs = {_sign(name, getattr(before, name), getattr(after, name)) for name in type(after).model_fields}
    return signs - {0} == {1}


def _sign(name: str, before: Any, after: Any) -> int:
    """1: looser, -1: stricter, 0: neither."""
    if name not in (*LOOSER_WHEN_MORE, *LOOSER_WHEN_LESS) or before == after:
        return 0
    if before is None or after is None:
        off_now = after is None
        return -1 if off_now == (name in OFF_IS_STRICT) else 1
    if not isinstance(after, type(before)) or isinstance(after, str):
        return 0
    return 1 if (after > before) == (name in LOOSER_WHEN_MORE) else -1

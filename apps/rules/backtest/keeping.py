"""What was read a moment ago, in the memory of this process. Values are frozen, so everyone may be given the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Keeper(Generic[T]):
    """Keeps the values that were kept last, each for `length`, as long as they weigh no more than `most` together."""

    def __init__(self, most: int, length: timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._seconds, self._clock = most, length.total_seconds(), clock
        self._values: OrderedDict[str, tuple[float, T, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> T | None:
        with self._lock:
            until, value, _ = self._values.get(key, (0.0, None, 0))
            return value if until > self._clock() else None

    def keep(self, key: str, value: T, weight: int = 1) -> None:
        with self._lock:
            self._values[key] = self._clock() + self._seconds, value, weight
            self._values.move_to_end(key)
            while sum(each for _, _, each in self._values.values()) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

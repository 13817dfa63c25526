"""Rows by the times in a column, and values that held from a moment on; asked for any moment of the past. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from apps.rules.kinds.wants import Newest

T = TypeVar("T")


class Bucket(NamedTuple):
    """The rows whose times lie in one bucket, and the first and the last of these times."""

    start: datetime
    rows: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Lot:
    """The rows of a table, or those with one value of a column; `buckets` are in order of time."""

    buckets: tuple[Bucket, ...]

    @classmethod
    def of(cls, buckets: Iterable[Bucket]) -> Lot:
        return cls(tuple(sorted(buckets)))

    @classmethod
    def of_moments(cls, moments: Iterable[datetime]) -> Lot:
        """One row at each moment."""
        return cls.of(Bucket(at, 1, at, at) for at in set(moments))

    @cached_property
    def moments(self) -> Sequence[datetime]:
        """The times that are known of rows, in order."""
        return sorted({at for bucket in self.buckets for at in (bucket.first, bucket.last)})

    def newest(self, now: datetime) -> Newest:
        """The newest time up to `now` that is known of a row."""
        place = bisect_right(self.moments, now)
        return Newest(self.moments[place - 1]) if place else Newest(None, 0)

    @cached_property
    def rows(self) -> int:
        return sum(self.counts.values())

    @cached_property
    def counts(self) -> Mapping[datetime, int]:
        """The rows of each bucket, by its start."""
        return {bucket.start: bucket.rows for bucket in self.buckets}


@dataclass(frozen=True)
class Steps(Generic[T]):
    """Values, each of which held from its moment on until the next; `moments` are in order."""

    moments: tuple[datetime, ...]
    values: tuple[T, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[datetime, T]]) -> Steps[T]:
        ordered = sorted(pairs, key=lambda pair: pair[0])
        return cls(tuple(at for at, _ in ordered), tuple(value for _, value in ordered))

    def at(self, now: datetime) -> T | None:
        """The value that held at `now`; None before the first."""
        place = bisect_right(self.moments, now)
        return self.values[place - 1] if place else None

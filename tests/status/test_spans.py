"""Spans as sets of time, and the shares that are made of them: what must hold whatever happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from apps.common.months import Month
from apps.status.sla import Life, days_of, life_of, months_of, share_of
from apps.status.spans import Span, both, clip, tidy, total, without

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NOTHING = timedelta()


def at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def minutes(spans: list[Span]) -> set[int]:
    """The minutes that they cover, counted one by one: the plain way."""
    return {m for span in spans for m in range(int((span.start - BEGIN).total_seconds() // 60), _end(span))}


def _end(span: Span) -> int:
    return int((span.end - BEGIN).total_seconds() // 60)


moments = st.integers(0, 60)
some_spans = st.lists(st.tuples(moments, moments).map(lambda pair: Span(at(pair[0]), at(pair[1]))), max_size=8)


@given(some_spans)
def test_what_is_covered_twice_counts_once(spans: list[Span]) -> None:
    neat = tidy(spans)
    assert minutes(neat) == minutes(spans)
    assert total(neat) == timedelta(minutes=len(minutes(spans)))
    assert all(one.end < other.start for one, other in pairwise(neat))


@given(some_spans, some_spans)
def test_both_and_without_divide_time(some: list[Span], others: list[Span]) -> None:
    one, other = tidy(some), tidy(others)
    assert minutes(both(one, other)) == minutes(one) & minutes(other)
    assert minutes(without(one, other)) == minutes(one) - minutes(other)
    assert total(both(one, other)) + total(without(one, other)) == total(one)


@given(some_spans, moments, moments)
def test_clip_keeps_what_lies_within(spans: list[Span], start: int, end: int) -> None:
    assert minutes(clip(tidy(spans), Span(at(start), at(end)))) == minutes(spans) & set(range(start, end))


def life(down: list[Span], unknown: list[Span], rest: list[Span], first: int, now: int) -> Life:
    return life_of(first=at(first), now=at(now), down=tidy(down), unknown=tidy(unknown), rest=tidy(rest))


@given(some_spans, some_spans, some_spans, moments, moments)
def test_the_parts_of_a_share_sum_to_the_whole(
    down: list[Span], unknown: list[Span], rest: list[Span], first: int, now: int
) -> None:
    share = share_of(life(down, unknown, rest, first, now), at(0), at(60), at(now))
    assert share.good + share.down + share.unknown + share.out == timedelta(minutes=now)
    assert min(share.good, share.down, share.unknown, share.out) >= NOTHING
    assert share.percent is None or 0 <= share.percent <= 100
    watched = set(range(first, now)) - minutes(rest)
    assert share.down == timedelta(minutes=len(minutes(down) & watched))
    assert share.unknown == timedelta(minutes=len((minutes(unknown) & watched) - minutes(down)))


@given(some_spans, some_spans, moments)
def test_more_trouble_never_makes_a_share_better(down: list[Span], more: list[Span], now: int) -> None:
    shares = [share_of(life(each, [], [], 0, now), at(0), at(60), at(now)) for each in (down, [*down, *more])]
    if shares[0].percent is not None and shares[1].percent is not None:
        assert shares[1].percent <= shares[0].percent


@given(st.lists(st.tuples(st.integers(0, 500 * 24), st.integers(0, 72)), max_size=6), st.integers(1, 500 * 24))
def test_months_and_days_hold_every_second_once(troubles: list[tuple[int, int]], hours: int) -> None:
    begin, hour = datetime(2025, 6, 10, 7, tzinfo=UTC), timedelta(hours=1)
    now = begin + hours * hour
    down = tidy(Span(begin + start * hour, begin + (start + length) * hour) for start, length in troubles)
    lived = life_of(first=begin, now=now, down=down, unknown=(), rest=())
    months = months_of(lived, BERLIN, now, 100)
    assert sum((share.good + share.down for _, share in months), NOTHING) == now - begin
    assert sum((share.down for _, share in months), NOTHING) == total(clip(down, Span(begin, now)))
    days = list(days_of(lived, BERLIN, now, 600))
    assert sum((share.good + share.down for _, share in days), NOTHING) == now - begin


def test_a_month_in_which_the_clocks_change_is_an_hour_longer() -> None:
    october, march = Month(date(2026, 10, 1), BERLIN), Month(date(2026, 3, 1), BERLIN)
    lived = life_of(first=BEGIN, now=at(525_000), down=(), unknown=(), rest=())
    lengths = [share_of(lived, month.begins, month.ends, at(525_000)).good for month in (october, march)]
    assert lengths == [timedelta(days=31, hours=1), timedelta(days=31, hours=-1)]


def test_the_month_begins_by_the_clocks_of_the_page() -> None:
    down = [Span(datetime(2026, 5, 31, 22, 30, tzinfo=UTC), datetime(2026, 5, 31, 23, 0, tzinfo=UTC))]
    lived = life_of(first=BEGIN, now=at(525_000), down=down, unknown=(), rest=())
    june = Month(date(2026, 6, 1), BERLIN)
    assert share_of(lived, june.begins, june.ends, at(525_000)).down == timedelta(minutes=30)


def test_only_a_month_without_trouble_is_whole() -> None:
    now = BEGIN + timedelta(days=31)
    lived = life_of(first=BEGIN, now=now, down=[Span(at(0), at(1))], unknown=(), rest=())
    share = share_of(lived, BEGIN, now, now)
    assert share.percent == Decimal("99.99")
    assert share.meets(Decimal("99.9"))
    assert not share.meets(Decimal(100))


def test_unknown_time_counts_for_nobody_and_nothing_known_is_no_share() -> None:
    lived = life_of(first=at(0), now=at(60), down=(), unknown=[Span(at(0), at(60))], rest=())
    share = share_of(lived, at(0), at(60), at(60))
    assert (share.percent, share.meets(Decimal(99)), share.unknown) == (None, None, timedelta(minutes=60))


def test_before_the_first_check_there_is_no_month() -> None:
    assert months_of(life_of(first=None, now=at(60), down=(), unknown=(), rest=()), BERLIN, at(60), 12) == []

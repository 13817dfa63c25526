"""What was read is kept for some minutes, and never too much of it."""

from datetime import timedelta

from apps.rules.backtest.keeping import Keeper


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_kept_for_its_time() -> None:
    time = Time()
    keeper: Keeper[str] = Keeper(2, timedelta(minutes=5), time)
    keeper.keep("a", "first")
    time.now += 299
    assert keeper.get("a") == "first"
    time.now += 1
    assert keeper.get("a") is None


def test_the_oldest_gives_way() -> None:
    keeper: Keeper[str] = Keeper(2, timedelta(minutes=5), Time())
    for key in ("a", "b", "a", "c"):
        keeper.keep(key, key.upper())
    assert [keeper.get(key) for key in ("a", "b", "c")] == ["A", None, "C"]


def test_what_is_heavy_drives_out_more_and_itself_when_it_is_too_heavy() -> None:
    keeper: Keeper[str] = Keeper(10, timedelta(minutes=5), Time())
    for key, weight in (("a", 3), ("b", 3), ("c", 6)):
        keeper.keep(key, key, weight)
    assert [keeper.get(key) for key in ("a", "b", "c")] == [None, "b", "c"]
    keeper.keep("d", "d", 11)
    assert [keeper.get(key) for key in ("b", "c", "d")] == [None, None, None]


def test_nothing_is_there_after_clearing() -> None:
    keeper: Keeper[str] = Keeper(2, timedelta(minutes=5), Time())
    keeper.keep("a", "A")
    keeper.clear()
    assert keeper.get("a") is None

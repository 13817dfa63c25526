from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from apps.common.durations import Duration, Percent, compact, elapsed_words, limit_words, parse_duration, percent_text


class Example(BaseModel):
    every: Duration = timedelta(hours=1)
    drop: Percent = 20.0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(days=7)),
        ("1mo", timedelta(days=30)),
        ("1h 30m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        (" 2 d ", timedelta(days=2)),
        ("0m", timedelta()),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "  ", "15", "m", "1.5h", "-1h", "1 fortnight", "1h and a bit", "1H"])
def test_what_is_no_duration_is_refused_with_the_form_to_use(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a number and a unit"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["999999999999d", "99999999999999999999s", "99999999999mo"])
def test_a_duration_beyond_reckoning_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than any time"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_the_compact_form_reads_back_as_the_same_length(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(compact(length)) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [(timedelta(), "0s"), (timedelta(seconds=61), "61s"), (timedelta(minutes=70), "70m"), (timedelta(days=8), "8d")],
)
def test_the_compact_form_uses_the_largest_unit_that_fits(length: timedelta, text: str) -> None:
    assert compact(length) == text


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(seconds=90), "90 s"),
        (timedelta(hours=1), "60 min"),
        (timedelta(minutes=70), "70 min"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=26), "26 h"),
        (timedelta(days=8), "8 days"),
        (timedelta(seconds=86401), "86,401 s"),
    ],
)
def test_a_limit_is_worded_with_one_unit(length: timedelta, words: str) -> None:
    assert limit_words(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=45.9), "45 s"),
        (timedelta(minutes=1, seconds=36), "1 min 36 s"),
        (timedelta(minutes=9), "9 min"),
        (timedelta(minutes=10, seconds=1), "10 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=10, seconds=50), "1 h 10 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=4, minutes=5), "3 days 4 h"),
        (timedelta(days=1234), "1,234 days"),
    ],
)
def test_a_measured_length_is_worded_with_its_two_largest_units(length: timedelta, words: str) -> None:
    assert elapsed_words(length) == words


def test_settings_keep_a_duration_and_a_percentage_as_text() -> None:
    example = Example.model_validate({"every": "90m", "drop": "12.5%"})
    assert example.model_dump(mode="json") == {"every": "90m", "drop": "12.5%"}


@pytest.mark.parametrize("every", [60, -60, 1.5, None, True])
def test_a_bare_number_is_no_duration(every: object) -> None:
    with pytest.raises(ValidationError, match="is not a duration"):
        Example.model_validate({"every": every})


@pytest.mark.parametrize(("written", "value"), [("20%", 20.0), ("20", 20.0), (" 12.5 % ", 12.5), (20, 20.0)])
def test_a_percentage_is_read_with_and_without_its_sign(written: object, value: float) -> None:
    assert Example.model_validate({"drop": written}).drop == value


@pytest.mark.parametrize("written", ["-5%", "twenty", "5 percent", "%"])
def test_what_is_no_percentage_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="is not a percentage"):
        Example.model_validate({"drop": written})


@pytest.mark.parametrize(
    ("value", "text"), [(20.0, "20%"), (12.5, "12.5%"), (33.3333333, "33.3333333%"), (1234567.0, "1234567%")]
)
def test_a_percentage_keeps_every_digit(value: float, text: str) -> None:
    assert percent_text(value) == text

"""What every start pays for stays small."""

from tests.project.files import python_files, text_of

SLOW = "@dataclass(frozen=True, slots=True)"


def test_values_are_records_that_start_fast() -> None:
    assert [str(path) for path in python_files("apps", "benchmarks", "config") if SLOW in text_of(path)] == []

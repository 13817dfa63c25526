import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from apps.common.parts import Crew, Part

LONG = 30.0  # seconds; the limit of a test, never waited for


def waiting(name: str, seen: list[str]) -> Part:
    """A part that works until it is halted, and notes when it ended."""
    stop = threading.Event()

    def run() -> None:
        assert stop.wait(LONG)
        seen.append(name)

    return Part(name, run, stop.set)


def ending(name: str, run: Callable[[], None]) -> Part:
    return Part(name, run, lambda: None)


def fail() -> None:
    raise ConnectionError("the broker is gone")


def test_stop_ends_every_part_and_gives_exit_code_0() -> None:
    seen: list[str] = []
    crew = Crew(main=waiting("worker", seen), others=[waiting("web", seen), waiting("beat", seen)])
    threading.Timer(0, crew.stop).start()
    assert crew.work(grace=LONG) == 0
    assert sorted(seen) == ["beat", "web", "worker"]


def test_a_part_that_raises_takes_the_others_down(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    crew = Crew(main=waiting("worker", seen), others=[ending("beat", fail), waiting("web", seen)])
    assert crew.work(grace=LONG) == 1
    assert (crew.broken, sorted(seen)) == ("beat", ["web", "worker"])
    assert "The beat broke." in caplog.text


def test_a_part_that_ends_unasked_is_broken_too(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    crew = Crew(main=ending("worker", lambda: None), others=[waiting("web", seen)])
    assert crew.work(grace=LONG) == 1
    assert (crew.broken, seen) == ("worker", ["web"])
    assert "The worker ended, so Midwatch stops." in caplog.text


def test_work_that_does_not_end_is_cut_off_after_the_grace() -> None:
    program = """
import threading
from apps.common.parts import Crew, Part
forever = threading.Event()
crew = Crew(main=Part("worker", forever.wait, lambda: None), others=[])
crew.stop()
crew.work(grace=0.01)
"""
    ended = subprocess.run([sys.executable, "-c", program], timeout=LONG, capture_output=True, check=False)  # noqa: S603
    assert ended.returncode == 0
    assert b"taken over at the next start" in ended.stderr

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.common.childprocess import PROJECT, ChildProcess

LONG = 30.0
NOTE = "import sys; open(sys.argv[1], 'a').write('started\\n');"
WAIT = "import threading; threading.Event().wait()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """The file to which each start of a script adds a line."""
    path = tmp_path / "notes"
    path.touch()
    return path


def script(folder: Path, program: str) -> list[str]:
    path = folder / "script.py"
    path.write_text(program)
    return [str(path), str(folder / "notes")]


def run_until(child: ChildProcess, reached: Callable[[], bool]) -> threading.Thread:
    """Run the child in a thread until `reached`, then halt it. The thread has ended when all went well."""
    thread = threading.Thread(target=child.run)
    thread.start()
    while not reached():
        thread.join(0.01)
    child.halt()
    thread.join(LONG)
    return thread


def test_a_child_that_ends_is_started_again(notes: Path) -> None:
    child = ChildProcess(name="loader", script=script(notes.parent, NOTE), restart_seconds=0)
    thread = run_until(child, lambda: len(notes.read_text().splitlines()) >= 2)
    assert not thread.is_alive()


@pytest.mark.parametrize("program", [NOTE + WAIT, STUBBORN + NOTE + WAIT], ids=["obedient", "stubborn"])
def test_halting_ends_the_child_even_if_it_does_not_want_to(program: str, notes: Path) -> None:
    child = ChildProcess(name="loader", script=script(notes.parent, program), stop_seconds=0.1)
    thread = run_until(child, lambda: bool(notes.read_text()))
    assert not thread.is_alive()
    assert notes.read_text() == "started\n"


def test_a_child_ends_when_its_parent_dies(notes: Path) -> None:
    command = [sys.executable, "-m", "apps.common.tether", *script(notes.parent, NOTE + WAIT)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdin
        child.stdin.close()  # what the system does to the pipe of a parent that dies
        assert child.wait(LONG) != 0

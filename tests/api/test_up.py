"""`manage.py up` as people start it: a process of its own, with a home and a port of its own."""

import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import schema
from tests.servers.ports import free_port
from tests.servers.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parent.parent.parent
LONG = 60.0
PASSWORD = re.compile(r"with the password (\S+)")


@contextmanager
def up(home: Path, migrated: bool = True, /, *, port: int, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A started `up` without the demo; it is killed if the test did not end it. `migrated`: its tables are there."""
    if migrated and not (home / "midwatch.sqlite3").exists():
        home.mkdir(exist_ok=True)
        schema.copy_sqlite(home / "midwatch.sqlite3")
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, str(ROOT / "manage.py"), "up", "--no-demo"],
        env={"MIDWATCH_HOME": str(home), "PORT": str(port), "PATH": "/usr/bin:/bin", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    alarm = threading.Timer(LONG, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        process.kill()
        process.communicate()


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """What was printed up to the line that tells how to stop."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Stop it with Ctrl-C" in line:
            break
    return "".join(lines)


def has_stopped(output: str) -> bool:
    """Whether it said goodbye: by itself and without a fault, or, on a machine too busy to end in time, cut off."""
    by_itself = output.splitlines()[-1] == "Midwatch has stopped." and "Traceback" not in output
    return by_itself or "taken over at the next start" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_it_serves_pages_until_it_is_asked_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    with up(tmp_path, port=port) as process:
        assert f"http://127.0.0.1:{port}" in read_until_ready(process)
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).status == 200
        process.send_signal(number)
        rest, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, rest
    assert has_stopped(rest), rest


def test_the_first_password_is_shown_once(tmp_path: Path) -> None:
    with up(tmp_path, False, port=free_port()) as process:
        first = read_until_ready(process)
    with up(tmp_path, port=free_port()) as process:
        second = read_until_ready(process)
    assert PASSWORD.search(first)
    assert not PASSWORD.search(second)
    assert "changepassword" in second


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with up(tmp_path, port=port) as process:
            output, _ = process.communicate(timeout=LONG)
    assert process.returncode == 1
    assert output.strip().endswith(f"make run PORT={port + 1}")
    assert "Traceback" not in output


def test_it_works_with_redis_as_well(tmp_path: Path, redis_server: ValkeyServer) -> None:
    with up(tmp_path, port=free_port(), REDIS_URL=redis_server.url) as process:
        read_until_ready(process)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, rest
    assert has_stopped(rest), rest

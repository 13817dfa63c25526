"""The main job through the commands that people start, with a `kill -9` in the middle of it."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.api.test_up import LONG, ROOT, read_until_ready, up
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpServer

FILE = """\
version: 1
team: data-ops
connections:
  shop: {engine: duckdb, path: ./shop.duckdb}
channels:
  ops-mail: {type: email, to: [ops@example.com]}
rules:
  - {name: Orders, connection: shop, table: main.orders, kind: freshness, every: 1h, column: at, notify: [ops-mail]}
"""


class Inbox(SmtpServer):
    """Hands out the subjects of its mails as they come in."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects: queue.Queue[str] = queue.Queue()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        self.subjects.put(self.mails[-1]["Subject"])
        return answer


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    inbox.start()
    yield inbox
    inbox.stop()


def load(path: Path, age: str) -> None:
    with duckdb.connect(str(path)) as session:
        session.execute(f"CREATE OR REPLACE TABLE orders AS SELECT now() - INTERVAL '{age}' AS at")


def manage(home: Path, *arguments: str) -> int:
    environ = {"MIDWATCH_HOME": str(home), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environ, check=False, capture_output=True, timeout=LONG)  # noqa: S603
    assert done.stderr == b""  # where DuckDB's bindings would report what a frozen object still holds
    return done.returncode


def test_a_kill_between_the_trouble_and_its_end_loses_neither_mail(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "watch.yml").write_text(FILE)
    load(tmp_path / "shop.duckdb", "2 hours")
    mail = {"EMAIL_URL": f"smtp://{inbox.host}:{inbox.port}"}
    with up(tmp_path / "home", port=free_port(), **mail) as process:
        read_until_ready(process)
        assert manage(tmp_path / "home", "apply", str(tmp_path / "watch.yml")) == 0
        assert inbox.subjects.get(timeout=LONG) == "[Medium] Orders: main.orders has not changed for 2 h"
        assert manage(tmp_path / "home", "run_rules") == 1
        process.send_signal(signal.SIGKILL)
    load(tmp_path / "shop.duckdb", "1 second")
    assert manage(tmp_path / "home", "run_rules") == 0
    with up(tmp_path / "home", port=free_port(), **mail) as process:
        read_until_ready(process)
        # A mail whose sending was not noted before the kill is sent once more, and says so.
        subjects = iter(lambda: inbox.subjects.get(timeout=LONG), None)
        assert any(subject.startswith("[Resolved] Orders") for subject in subjects)

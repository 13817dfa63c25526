"""A whole Midwatch as in production, on loopback: its own PostgreSQL and Redis, a watched PostgreSQL, listeners that
count, and processes that can be killed.

Hours are not waited for: `pass_time` puts everything that the database waits for so much earlier.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from config import keys
from tests.servers.http import HttpServer
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.smtp import SmtpServer
from tests.servers.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 240.0  # seconds; the machine may be very busy
TICK = 0.1
CELERY = ("-m", "celery", "-q", "-A", "config.celery")
COMMANDS = {
    "worker": (*CELERY, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
    "beat": (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "WARNING"),
    "dispatcher": ("manage.py", "dispatch"),
    "web": ("manage.py", "runserver", "--noreload", "--nothreading"),
}
FILE = """\
version: 1
team: data-ops
connections:
  shop: {{engine: postgres, host: {host}, port: {port}, database: shop, user: {user}, password: "{password}"}}
channels:
  ops-hook: {{type: webhook, url: "{hook}"}}
  ops-mail: {{type: email, to: [ops@example.com]}}
rules:
  - {{name: Orders, connection: shop, table: public.orders, kind: freshness, every: 1h, column: at,
     severity: {severity}, notify: [ops-hook, ops-mail]}}
"""
LATER = (
    ("alerts_delivery", ("due_at", "lease_until", "created_at", "deadline_at")),
    ("alerts_channelstate", ("paused_until",)),
    ("rules_rulestate", ("next_check_at", "lease_until")),
)


class House:
    """Call `build` and `tear_down`. Processes are started by name; `die_at` names a point at which one kills itself."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = PostgresServer(options=("max_connections=200",))
        self.redis = ValkeyServer()
        self.http = HttpServer()
        self.smtp = SmtpServer()
        self.port = free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        self.started = ExitStack()  # what never started cannot be stopped, and would hide why it did not
        self.environ: dict[str, str] = {}

    def build(self, *, severity: str = "high") -> House:
        """Start the servers, make the databases and apply the configuration; nothing of Midwatch runs yet."""
        for server in (self.store, self.redis, self.http, self.smtp):
            server.start()
            self.started.callback(server.stop)
        self.store.create_database("midwatch")
        self.store.create_database("shop")
        self.store.execute("CREATE TABLE orders (at timestamptz)", database="shop")
        self.environ = {
            "PATH": os.environ["PATH"],
            "MIDWATCH_HOME": str(self.home),
            "DATABASE_URL": self.store.url("midwatch"),
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": f"smtp://{self.smtp.host}:{self.smtp.port}?from=midwatch@example.com",
            "MIDWATCH_PRIVATE_ADDRESSES": "allow",
            "PORT": str(self.port),
            **{name: make() for name, make in keys.MAKERS.items()},
        }
        file = self.home / "watch.yml"
        settings = self.store.settings("shop")
        file.write_text(FILE.format(hook=self.http.url, severity=severity, **settings), encoding="utf-8")
        self.mend()
        self.manage("migrate", "--noinput")
        self.manage("apply", str(file))
        return self

    def tear_down(self) -> None:
        self.kill(*self.running)
        self.started.close()

    def manage(self, *arguments: str) -> str:
        """Run a command of Midwatch to its end, and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=self.environ, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
        found = (
            arguments[0] == "run_rules" and "Traceback" not in done.stderr
        )  # then 1 says that a rule found something
        if done.returncode not in (0, found):
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, name: str, *, die_at: str = "") -> subprocess.Popen[bytes]:
        """Start one process of Midwatch."""
        more = (f"127.0.0.1:{self.port}",) if name == "web" else ()
        log = (self.home / f"{name}.log").open("ab")
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *COMMANDS[name], *more],
            cwd=ROOT, env=self.environ | {"MIDWATCH_DIE_AT": die_at}, stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        self.running.append(process)
        return process

    def forget(self) -> None:
        """Begin anew with the same configuration: no incident, no message, nothing running, everything as it should."""
        self.kill(*self.running)
        for name in ("worker", "dispatcher", "beat", "web"):
            (self.home / f"{name}.log").unlink(missing_ok=True)
        self.write(
            "UPDATE rules_rulestate SET lease_token = '', lease_until = NULL, memory = '{}', mark = '', verdict = ''"
        )
        self.mend()
        self.manage("run_rules")
        self.write("TRUNCATE alerts_incident, alerts_delivery, alerts_channelstate CASCADE")
        self.redis.restart()
        self.http.requests.clear()
        self.http.accepted.clear()
        self.http.answers.clear()
        self.smtp.mails.clear()
        self.smtp.refuse.clear()

    def kill(self, *processes: subprocess.Popen[bytes]) -> None:
        """`kill -9`."""
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.running = [process for process in self.running if process not in processes]

    def break_orders(self) -> None:
        """The table becomes late, and its check due."""
        self._set_age("3 hours")

    def mend(self) -> None:
        """The table becomes good, and its check due."""
        self._set_age("1 second")

    def _set_age(self, age: str) -> None:
        self.store.execute("DELETE FROM orders", f"INSERT INTO orders SELECT now() - INTERVAL '{age}'", database="shop")
        if self.rows("SELECT to_regclass('rules_rulestate')")[0][0]:
            self.write("UPDATE rules_rulestate SET next_check_at = now()")

    def pass_time(self, minutes: int) -> None:
        """So much later: leases that ended by then have run out, and what was due by then is due."""
        for table, columns in LATER:
            moved = ", ".join(f"{name} = {name} - INTERVAL '{minutes} minutes'" for name in columns)
            self.write(f"UPDATE {table} SET {moved}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.connect("midwatch") as session:
            return session.execute(query.encode()).fetchall()

    def write(self, statement: str) -> None:
        self.store.execute(statement, database="midwatch")

    def posts(self, kind: str = "") -> Counter[str]:
        """How often the hook accepted each message, by its key; those of one kind such as `opened`."""
        wanted = f'"incident.{kind}' if kind else '"incident.'
        return Counter(r.headers["webhook-id"] for r in self.http.accepted if wanted in r.body.decode())

    def mails(self) -> Counter[str]:
        """How often each message came to the team by mail, by its key."""
        return Counter(str(mail["X-Midwatch-Delivery"]) for mail in self.smtp.mails if "ops@" in str(mail["To"]))


def wait_until(holds: Callable[[], object], *, seconds: float = PATIENCE, during: Callable[[], object] = bool) -> None:
    """Return once `holds`; AssertionError when it never does. `during` is called beside, once a second."""
    deadline, beside = time.monotonic() + seconds, time.monotonic() + 1
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        if time.monotonic() > beside:
            during()
            beside = time.monotonic() + 1
        time.sleep(TICK)


@contextmanager
def housed(home: Path, *, severity: str = "high") -> Iterator[House]:
    """A built house that is torn down in the end."""
    house = House(home)
    try:
        yield house.build(severity=severity)
    finally:
        house.tear_down()

"""Midwatch's own tables, made once by the migrations and copied for whoever needs them.

Migrating takes some ten seconds, most of which Django spends on rebuilding its picture of the models: much for each
worker of a test run, and for each test that starts a Midwatch of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config import keys

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / ".pytest_cache" / "schema"
TEMPLATE = "midwatch_template"


def copy_sqlite(to: Path) -> None:
    """Put a migrated, empty SQLite database at `to`. The first call after a change of migrations makes it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    made = KEPT / f"{_digest()}.sqlite3"
    with _alone():
        if not made.exists():
            for old in KEPT.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory() as home:
                _migrate(home=home)
                shutil.move(Path(home) / "midwatch.sqlite3", made)
    shutil.copyfile(made, to)


def copy_postgres(url: str, to: str) -> None:
    """Make the database `to` as a migrated, empty one, on the server of `url`. The first call of a run migrates."""
    with _alone(), psycopg.connect(url, dbname="postgres", autocommit=True) as admin:
        databases = {name for (name,) in admin.execute("SELECT datname FROM pg_database")}
        if TEMPLATE not in databases:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            with tempfile.TemporaryDirectory() as home:
                _migrate(home=home, database_url=f"{url.rpartition('/')[0]}/{TEMPLATE}")
        copy = "CREATE DATABASE {} TEMPLATE {}"
        admin.execute(sql.SQL(copy).format(sql.Identifier(to), sql.Identifier(TEMPLATE)))


def _migrate(*, home: str, database_url: str = "") -> None:
    environ = {name: make() for name, make in keys.MAKERS.items()}
    environ |= {"MIDWATCH_HOME": home, "PATH": os.environ["PATH"]}
    if database_url:
        environ["DATABASE_URL"] = database_url
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
    subprocess.run(command, env=environ, cwd=ROOT, check=True)  # noqa: S603


def _digest() -> str:
    """Stands for all that the tables come from: our migrations, and the locked versions of other people's apps."""
    digest = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes())
    for path in sorted(ROOT.glob("apps/*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: the workers of a run begin together."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""What every start pays for stays small."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config import checking
from tests.project.files import ROOT, python_files, text_of

SLOW = "@dataclass(frozen=True, slots=True)"
# What serves, signs in, tells people, or is of another data store.
NEEDLESS = (
    "allauth", "unfold", "celery", "ninja", "yaml", "urllib3", "sqlglot", "numpy", "holidays", "psycopg",
    "django.contrib.sessions", "django.contrib.staticfiles", "django.core.handlers", "config.urls",
    "apps.alerts.services", "apps.alerts.channels", "apps.alerts.routing", "apps.alerts.silences",
    "apps.alerts.outbox.telling", "apps.api", "apps.demo", "apps.status", "apps.rules.services",
)  # fmt: skip
MOST_MODULES = 850  # 821 when this was written
PROGRAM = """
import json, runpy, sys
sys.argv = ["manage.py", "run_rules"]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit as ended:
    print(json.dumps([ended.code, sorted(sys.modules)]), file=sys.stderr)
else:
    print(json.dumps([0, sorted(sys.modules)]), file=sys.stderr)
"""
RULES = """
version: 1
team: data
connections:
  shop: {engine: duckdb, path: ./shop.duckdb}
rules:
  - {name: Orders, connection: shop, table: main.orders, kind: freshness, every: 1h, column: at}
  - {name: Rows, connection: shop, table: main.orders, kind: volume, at_least: 1}
"""

Check = Callable[[str], tuple[int, set[str]]]


@pytest.fixture
def check(db: None, tmp_path: Path) -> Check:
    """Load orders of an age, and check them in a process of its own: how it ended, and the modules that it loaded."""
    if connection.vendor != "sqlite":
        pytest.skip("the process gets the database as a file")
    home, store = tmp_path / "home", tmp_path / "shop.duckdb"

    def load(age: str) -> None:
        with duckdb.connect(str(store)) as session:
            session.execute(f"CREATE OR REPLACE TABLE orders AS SELECT now() - INTERVAL '{age}' AS at")

    load("1 minute")
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    call_command("apply", str(tmp_path / "rules.yml"), verbosity=0)
    home.mkdir()
    (home / "midwatch.sqlite3").write_bytes(connection.connection.serialize())
    environ = {"MIDWATCH_HOME": str(home), "PATH": os.environ["PATH"]}

    def run(age: str) -> tuple[int, set[str]]:
        load(age)
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        code, modules = json.loads(done.stderr.splitlines()[-1])
        return int(code), set(modules)

    return run


def statuses(home: Path) -> list[str]:
    with sqlite3.connect(home / "midwatch.sqlite3") as database:
        return [status for (status,) in database.execute("SELECT status FROM alerts_incident ORDER BY id")]


def test_values_are_records_that_start_fast() -> None:
    assert [str(path) for path in python_files("apps", "benchmarks", "config") if SLOW in text_of(path)] == []


def test_a_process_that_only_checks_opens_and_ends_incidents(check: Check, tmp_path: Path) -> None:
    assert check("2 hours")[0] == 1
    assert statuses(tmp_path / "home") == ["open"]
    assert check("1 minute")[0] == 0
    assert statuses(tmp_path / "home") == ["resolved"]


def test_a_check_that_confirms_what_is_known_loads_little(check: Check) -> None:
    check("2 hours")
    code, modules = check("3 hours")
    assert code == 1
    loaded = [name for name in NEEDLESS if any(f"{each}.".startswith(f"{name}.") for each in modules)]
    assert loaded == []
    assert len(modules) <= MOST_MODULES


def test_a_process_that_only_checks_has_our_apps_up_to_rules() -> None:
    ours = [app for app in settings.INSTALLED_APPS if app.startswith("apps.")]
    assert [app for app in checking.INSTALLED_APPS if app.startswith("apps.")] == ours[: ours.index("apps.rules") + 1]

"""The pytest plugin that prepares the environment before Django reads it. Loaded by `-p` in pyproject.toml, because
conftest files come too late: pytest-django has read the settings by then.

`pytest --database=postgres` runs Django's own database on a PostgreSQL that is started for the run; SQLite is the
default. Settings never come from the shell of whoever runs the tests, and MIDWATCH_HOME is a folder of the run's own.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile

import pytest

from config import env, keys
from tests.servers.postgres import PostgresServer

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})
SERVER = pytest.StashKey[PostgresServer]()
HOME = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="What Midwatch keeps its own data in while the tests run.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # A pytest-xdist worker inherits the environment of the process that started it, and with it the server.
    database_url = os.environ.get("DATABASE_URL", "") if "PYTEST_XDIST_WORKER" in os.environ else ""
    for name in env.VARIABLES:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    if early_config.known_args_namespace.database == "postgres":
        if not database_url:
            early_config.stash[SERVER] = PostgresServer().start()
            database_url = early_config.stash[SERVER].url("midwatch")
        os.environ["DATABASE_URL"] = database_url
    early_config.stash[HOME] = os.environ["MIDWATCH_HOME"] = tempfile.mkdtemp(prefix="midwatch-home-")
    # Embedded mode would choose these by itself; set, both databases run under the same settings.
    os.environ |= {name: make() for name, make in keys.MAKERS.items()} | {"MIDWATCH_PRIVATE_ADDRESSES": "allow"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches Django's database is run again: the rest cannot come out differently."""
    if config.getoption("database") != "postgres":
        return
    touching = {item for item in items if _touches_database(item)}
    config.hook.pytest_deselected(items=[item for item in items if item not in touching])
    items[:] = [item for item in items if item in touching]


def _touches_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not DATABASE_FIXTURES.isdisjoint(fixtures)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What eight thousand tests are made of stays to the end: no search for garbage need go through it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.stop()
    shutil.rmtree(config.stash[HOME], ignore_errors=True)

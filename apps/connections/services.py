"""The door of connections: saving and opening them, testing them, and what was seen in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.fields import SecretsUnreadable
from apps.connections import saving, schedule
from apps.connections.catalogue import evidence, load_watches, look_again, save_watches
from apps.connections.deepcheck import Outcome, Step, try_everything
from apps.connections.difference import difference as column_difference
from apps.connections.engines import ENGINES
from apps.connections.engines.contract import (
    BATCH,
    FREE,
    MAX_ROWS,
    Budget,
    Column,
    Engine,
    Look,
    Partition,
    TableInfo,
    Tariff,
    Trust,
)
from apps.connections.engines.dialect import Dialect
from apps.connections.engines.errors import (
    ConnectionFailed,
    EngineError,
    FilterNeeded,
    LoginRefused,
    NotPermitted,
    OverBudget,
    QueryFailed,
    QueryTimeout,
    TableMissing,
    TooManyRows,
)
from apps.connections.fitness import hold_off, note_answer, note_failure, try_login_again
from apps.connections.ledger import Used, add_asked, add_usage, billed_on
from apps.connections.marks import EVENT_WORDS, Event, event_between
from apps.connections.models import Connection
from apps.connections.names import TableName, matches, parse_table
from apps.connections.opening import open_engine
from apps.connections.readonly import script_for
from apps.connections.refresh import CatalogueNotRead, Refreshed, refresh
from apps.connections.search import BLANKS, columns_that_match, search_columns, search_names, search_tables, words_in
from apps.connections.snapshots import column_history, columns_by_table, columns_of
from apps.connections.testing import TestReport, try_out
from apps.connections.watch import ChangeEvidence, Watch
from apps.teams.models import Team

__all__ = [
    "BATCH",
    "BLANKS",
    "ENGINES",
    "EVENT_WORDS",
    "FREE",
    "MAX_ROWS",
    "Budget",
    "CatalogueNotRead",
    "ChangeEvidence",
    "Column",
    "ConnectionFailed",
    "Dialect",
    "Engine",
    "EngineError",
    "Event",
    "FilterNeeded",
    "LoginRefused",
    "Look",
    "NotPermitted",
    "Outcome",
    "OverBudget",
    "Partition",
    "QueryFailed",
    "QueryTimeout",
    "Refreshed",
    "Step",
    "TableInfo",
    "TableMissing",
    "TableName",
    "Tariff",
    "TestReport",
    "TooManyRows",
    "Trust",
    "Used",
    "Watch",
    "add_asked",
    "add_usage",
    "ask_for_catalogue",
    "billed_on",
    "check_select",
    "column_difference",
    "column_history",
    "columns_by_table",
    "columns_of",
    "columns_that_match",
    "deep_check",
    "event_between",
    "evidence",
    "hold_off",
    "list_tables",
    "load_watches",
    "look_again",
    "matches",
    "note_answer",
    "note_failure",
    "open_engine",
    "parse_table",
    "read_only_script",
    "refresh_catalogue",
    "save_connection",
    "save_watches",
    "search_columns",
    "search_names",
    "search_tables",
    "tariff_of",
    "test_connection",
    "test_settings",
    "try_login_again",
    "words_in",
]  # fmt: skip

GUARD = "apps.connections.engines.guard.only_select"


def check_select(*, sql: str, dialect: str) -> None:
    """Raise NotPermitted or QueryFailed unless `sql` is one SELECT that neither writes nor locks rows. `dialect` is
    sqlglot's name of it."""
    import_string(GUARD)(sql, dialect)  # not at the start: it loads a parser of SQL


@transaction.atomic
def save_connection(
    *,
    team: Team,
    name: str,
    engine: str,
    settings: Mapping[str, Any],
    timezone: str = "UTC",
    secret_names: Mapping[str, str] | None = None,
    instance: Connection | None = None,
    keep_secrets: bool = True,
) -> Connection:
    """Make a connection, or change `instance`. `settings` holds plain values and secrets alike.

    With `keep_secrets` a secret that is missing or empty keeps the stored one. `secret_names` tells which ${NAME} a
    secret came from; None leaves what is known for the secrets that stay. Nothing is written, and no history row made,
    when nothing changed. Raises InvalidInput.
    """
    driver = ENGINES[engine]
    saving.check_frame(team=team, name=name, timezone=timezone, instance=instance)
    same_store = instance if instance and instance.engine == engine and keep_secrets else None
    checked, kept = saving.completed(driver, settings, same_store)
    connection = instance or Connection(team=team)
    if secret_names is None:
        secret_names = {key: origin for key, origin in connection.secret_names.items() if key in kept}
    fields = {"name": name.strip(), "engine": engine, "settings": checked.plain(), "timezone": timezone}
    saving.store(connection, {**fields, "secret_names": dict(secret_names)}, checked.secrets())
    return connection


def tariff_of(*, connection: Connection) -> Tariff:
    """What reading a connection costs and may cost. Asks nobody, and opens no secret."""
    if connection.engine not in ENGINES:
        return FREE
    driver = ENGINES[connection.engine]
    return driver(driver.Settings.model_construct(**connection.settings)).tariff


def test_connection(*, connection: Connection) -> TestReport:
    """Try a stored connection. Trouble is reported, not raised."""
    try:
        report = try_out(open_engine(connection=connection))
    except (EngineError, InvalidInput, SecretsUnreadable) as error:
        return TestReport(ok=False, message=str(error))
    if report.ok:
        try_login_again(connection)
    return report


def deep_check(*, connection: Connection) -> Iterator[Step]:
    """Try everything that Midwatch asks of a data store, once, and tell of each step as it is done. Nothing is changed,
    and trouble is a step that failed, not raised."""
    try:
        engine = open_engine(connection=connection)
    except (InvalidInput, SecretsUnreadable) as error:
        yield Step("settings", Outcome.FAILED, str(error))
        return
    try:
        yield from try_everything(engine)
    finally:
        add_asked(connection, engine, utc_now())


def read_only_script(*, engine: str, settings: Mapping[str, Any]) -> str:
    """A script that makes a login which can only read, from the settings known so far; empty where none is needed."""
    return script_for(ENGINES[engine], settings)


def test_settings(*, engine: str, settings: Mapping[str, Any], instance: Connection | None) -> TestReport:
    """Try settings that are not stored; secrets that are left empty are those of `instance`. Trouble with the store is
    reported; settings that are not valid raise InvalidInput."""
    driver = ENGINES[engine]
    checked, _ = saving.completed(driver, settings, instance)
    try:
        return try_out(driver(checked))
    except EngineError as error:
        return TestReport(ok=False, message=str(error))


@transaction.atomic
def ask_for_catalogue(*, connection: Connection, now: datetime) -> None:
    """Let a worker read all tables and columns of the connection anew, within seconds."""
    schedule.ask(connection, now)


def refresh_catalogue(*, connection: Connection, now: datetime) -> Refreshed:
    """Read them at once, in this process. Raises CatalogueNotRead, with the reason; what was known before stays."""
    claim = schedule.claim_now(connection, now)
    if claim is None:
        raise CatalogueNotRead(f"The tables of {connection.name} are being read just now. Try again in a minute.")
    found = refresh(connection, claim, now)
    if found.error:
        raise CatalogueNotRead(found.error)
    return found


def list_tables(*, connection: Connection) -> list[TableInfo]:
    """Every table and view that the store has now. Raises EngineError."""
    with open_engine(connection=connection) as engine:
        return engine.tables()

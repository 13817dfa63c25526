"""The door of connections: saving and opening them, testing them, and what was seen in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.fields import Sealed, SecretsUnreadable
from apps.common.plugins import Settings, check_settings
from apps.connections import schedule
from apps.connections.catalogue import evidence, load_watches, look_again, save_watches
from apps.connections.deepcheck import Outcome, Step, try_everything
from apps.connections.engines import ENGINES
from apps.connections.engines.contract import (
    BATCH,
    FREE,
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
    OverBudget,
    QueryFailed,
)
from apps.connections.fitness import note_answer, note_failure
from apps.connections.ledger import Used, add_asked, add_usage, billed_on
from apps.connections.marks import EVENT_WORDS, Event, event_between
from apps.connections.models import Connection
from apps.connections.names import TableName, matches, parse_table
from apps.connections.opening import open_engine
from apps.connections.readonly import script_for
from apps.connections.refresh import CatalogueNotRead, Refreshed, refresh
from apps.connections.search import BLANKS, columns_that_match, search_tables, words_in
from apps.connections.snapshots import column_history, columns_by_table
from apps.connections.testing import TestReport, try_out
from apps.connections.watch import ChangeEvidence, Watch
from apps.teams.models import Team, check_time_zone

__all__ = [
    "BATCH",
    "BLANKS",
    "ENGINES",
    "EVENT_WORDS",
    "FREE",
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
    "Look",
    "Outcome",
    "OverBudget",
    "Partition",
    "QueryFailed",
    "Refreshed",
    "Step",
    "TableInfo",
    "TableName",
    "Tariff",
    "TestReport",
    "Trust",
    "Used",
    "Watch",
    "add_asked",
    "add_usage",
    "ask_for_catalogue",
    "billed_on",
    "column_history",
    "columns_by_table",
    "columns_that_match",
    "deep_check",
    "event_between",
    "evidence",
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
    "search_tables",
    "tariff_of",
    "test_connection",
    "test_settings",
    "words_in",
]  # fmt: skip

NAME_LENGTH = 100


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
    _check_frame(team=team, name=name, timezone=timezone, instance=instance)
    same_store = instance if instance and instance.engine == engine and keep_secrets else None
    checked, kept = _completed(driver, settings, same_store)
    connection = instance or Connection(team=team)
    if secret_names is None:
        secret_names = {key: origin for key, origin in connection.secret_names.items() if key in kept}
    fields = {"name": name.strip(), "engine": engine, "settings": checked.plain(), "timezone": timezone}
    _store(connection, {**fields, "secret_names": dict(secret_names)}, checked.secrets())
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
        return try_out(open_engine(connection=connection))
    except (EngineError, InvalidInput, SecretsUnreadable) as error:
        return TestReport(ok=False, message=str(error))


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
    checked, _ = _completed(driver, settings, instance)
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


def _check_frame(*, team: Team, name: str, timezone: str, instance: Connection | None) -> None:
    name = name.strip()
    if not name:
        raise InvalidInput("A connection needs a name.", field="name")
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"The name is too long; write at most {NAME_LENGTH} characters.", field="name")
    others = Connection.objects.filter(team=team, name=name)
    if (others.exclude(pk=instance.pk) if instance else others).exists():
        raise InvalidInput(f"The team has a connection {name!r} already. Choose another name.", field="name")
    try:
        check_time_zone(timezone)
    except ValidationError as error:
        raise InvalidInput(str(error.message), field="timezone") from error


def _completed(
    driver: type[Engine], settings: Mapping[str, Any], stored: Connection | None
) -> tuple[Settings, dict[str, str]]:
    """Valid settings, with the secrets that are left empty taken from `stored`; and which those are."""
    given = {key for key in driver.Settings.secret_names() if settings.get(key)}
    rivals = {key for group in driver.rival_secrets if given and not given & {*group} for key in group}
    left = [key for key in driver.Settings.secret_names() if key not in given | rivals]
    kept = _kept(stored, left) if stored else {}
    checked = check_settings(driver.Settings, {**settings, **kept})
    if kept and stored:
        _check_place(driver, stored, checked, field=next(iter(kept)))
    return checked, kept


def _check_place(driver: type[Engine], connection: Connection, wanted: Settings, *, field: str) -> None:
    """A stored secret is not sent to another place than it was entered for: whoever moves it must know it."""
    before = check_settings(driver.Settings, {**connection.settings, **connection.secrets.open()})
    if any(getattr(before, name) != getattr(wanted, name) for name in driver.secrets_go_to):
        where = " or ".join(driver.secrets_go_to)
        raise InvalidInput(f"The {where} changed, so enter the {field} again.", field=field)


def _kept(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """The stored secrets of these names. Opened only when one is asked for: all may be entered anew."""
    if not names:
        return {}
    try:
        return {key: value for key, value in connection.secrets.open().items() if key in names}
    except SecretsUnreadable as error:
        raise InvalidInput(str(error), field=next(iter(names))) from error


def _store(connection: Connection, fields: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Write the connection when it differs from what is stored."""
    secrets = {key: value for key, value in secrets.items() if value}
    if all(getattr(connection, field) == value for field, value in fields.items()) and _holds(connection, secrets):
        return
    for field, value in fields.items():
        setattr(connection, field, value)
    connection.secrets = Sealed.of(secrets)
    connection.save()
    schedule.ask_anew(connection)


def _holds(connection: Connection, secrets: Mapping[str, str]) -> bool:
    """Whether these secrets are the stored ones; compared in clear, as encryption gives another text each time."""
    try:
        return bool(connection.secrets.open() == secrets)
    except SecretsUnreadable:
        return False

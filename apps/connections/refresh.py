"""Reading the catalogue of a whole connection: what is there, its columns, and whether it changed.

The story is told once, here: three looks at the store, however many tables there are; then everything in one
transaction, and only what differs from what is stored. Tables are values on their way, never model instances.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction

from apps.common.bulk import update_rows
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.connections.catalogue import load_watches, look_again, save_watches
from apps.connections.engines.contract import BATCH, Column, Engine, TableInfo, Trust
from apps.connections.fitness import note_catalogue, note_no_catalogue
from apps.connections.ledger import Used, add_usage, billed_on
from apps.connections.models import Connection, Table
from apps.connections.names import TableName
from apps.connections.opening import open_engine
from apps.connections.schedule import Claim, finish
from apps.connections.snapshots import Snapshot, store_changed
from apps.connections.watch import Watch

SIZES = ("comment", "rows", "bytes")
OUR_FAULT = "Midwatch failed to read it; the log of the worker has the details."
log = logging.getLogger("midwatch.connections")


class CatalogueNotRead(MidwatchError):
    """The catalogue of a connection could not be read. What is stored of it stays."""


@record
class Refreshed:
    """How a reading of the catalogue went. `error` is empty when it went well, else a sentence.

    `snapshots`: the tables whose columns are new or changed. `statements` were sent for it, and `bytes_billed`.
    """

    tables: int = 0
    views: int = 0
    snapshots: int = 0
    statements: int = 0
    bytes_billed: int = 0
    error: str = ""


class Seen(NamedTuple):
    """What the store told, and the watches before and after the look."""

    infos: Sequence[TableInfo]
    columns: Mapping[TableName, Sequence[Column]]
    before: Mapping[TableName, Watch]
    after: Mapping[TableName, Watch]
    statements: int
    bytes_billed: int


def refresh(connection: Connection, claim: Claim, now: datetime) -> Refreshed:
    """Read the catalogue and store it, if the claim still holds then. Trouble with the store is noted, not raised, and
    leaves the stored catalogue as it is. So is an error in a driver: unnoted, it would be met again and told to nobody.
    """
    try:
        with open_engine(connection=connection) as engine:
            seen = _look(connection, engine, now)
    except MidwatchError as error:
        log.warning("The catalogue of %s could not be read: %s", connection.name, error)
        _note_trouble(connection, claim, str(error), now)
        return Refreshed(error=str(error))
    except Exception:
        log.exception("The catalogue of %s could not be read", connection.name)
        _note_trouble(connection, claim, OUR_FAULT, now)
        return Refreshed(error=OUR_FAULT)
    return _store(connection, claim, seen, now)


def _look(connection: Connection, engine: Engine, now: datetime) -> Seen:
    before = load_watches(connection)
    if engine.tariff.per_day is not None:
        engine.bytes_limit = max(0, engine.tariff.per_day - billed_on(connection, now.astimezone(UTC).date()))
    infos, columns = engine.tables(), engine.columns()
    looks = engine.observe()  # last, so that what it does not find is gone
    compared = _worth_comparing(engine, looks)
    after = look_again(engine, looks, before, evidence_for=compared, now=now, still_mine=lambda: None)
    there = [info for info in infos if info.name in looks]
    return Seen(there, columns, before, after, engine.statements, engine.bytes_billed)


def _worth_comparing(engine: Engine, looks: Collection[TableName]) -> Collection[TableName]:
    """The tables to compare by fingerprint, in a store whose look does not count writes: all, while that is one more
    statement, so that their rhythm is known before any rule. A mere hint is not worth it: it reads the tables."""
    return looks if len(looks) <= BATCH and engine.change_trust is not Trust.HINT else ()


@transaction.atomic
def _store(connection: Connection, claim: Claim, seen: Seen, now: datetime) -> Refreshed:
    add_usage(
        connection, now.astimezone(UTC).date(), [Used(statements=seen.statements, bytes_billed=seen.bytes_billed)]
    )
    if not finish(claim, now):
        return Refreshed(error="It took too long: somebody else has begun to read the catalogue.")
    save_watches(connection, seen.before, seen.after, now=now)
    infos = {info.name: info for info in seen.infos}
    rows = Table.objects.filter(connection=connection)
    ids = _store_sizes(rows.order_by().values_list("pk", "schema", "name", *SIZES).iterator(), infos)
    snapshots = {
        ids[name]: Snapshot(ids[name], infos[name].comment, columns)
        for name, columns in seen.columns.items()
        if name in ids
    }
    changed = store_changed(rows, snapshots, now=now)
    tables = sum(info.kind == "table" for info in seen.infos)
    views = len(seen.infos) - tables
    note_catalogue(connection, tables=tables, views=views, now=now)
    return Refreshed(tables, views, changed, seen.statements, seen.bytes_billed)


def _store_sizes(
    stored: Iterator[tuple[int, str, str, str, int | None, int | None]], infos: Mapping[TableName, TableInfo]
) -> dict[TableName, int]:
    """Write the comments and sizes that changed. Returns the ids of the tables that are there."""
    ids, changed = {}, []
    for pk, schema, name, *sizes in stored:
        info = infos.get(TableName(schema, name))
        if info is not None:
            ids[info.name] = pk
            if sizes != [info.comment, info.rows, info.bytes]:
                changed.append((info.comment, info.rows, info.bytes, pk))
    update_rows(Table, SIZES, changed)
    return ids


@transaction.atomic
def _note_trouble(connection: Connection, claim: Claim, reason: str, now: datetime) -> None:
    if finish(claim, now):
        note_no_catalogue(connection, reason=reason, now=now)

"""What `manage.py doctor --deep` tries on one connection: everything that Midwatch asks of a data store, once.

It is for the owner of a store that the project's own tests cannot reach. It only reads; the one statement that would
write matches no row, and is there to be refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from apps.common.records import record
from apps.common.sizes import bytes_words
from apps.connections.engines.contract import BATCH, Column, Engine, Look, TableInfo
from apps.connections.engines.errors import ConnectionFailed, EngineError, NotPermitted, QueryTimeout, TooManyRows
from apps.connections.hiding import hide, secret_words
from apps.connections.names import TableName
from apps.connections.testing import counted

SAMPLES = 5  # tables that are tried until one can be read
READ_SECONDS = timedelta(seconds=10)
CUT_SECONDS = timedelta(seconds=1)
TWO_ROWS = "SELECT 1 AS n UNION ALL SELECT 2"
DIGITS = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))
# Ten to the thirteenth rows are counted without reading any table, in the words of every dialect.
SLOW = f"WITH d AS ({DIGITS}) SELECT COUNT(*) FROM {' CROSS JOIN '.join(f'd AS d{place}' for place in range(13))}"  # noqa: S608
log = logging.getLogger("midwatch.connections")
T = TypeVar("T")


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_OFFERED = "not offered"


@record
class Step:
    """One line: what was tried, how it went, and in a sentence the number or what to do."""

    name: str
    outcome: Outcome
    message: str


@dataclass(slots=True)
class Found:
    """An open session, and what the steps so far found in it."""

    engine: Engine
    infos: Sequence[TableInfo] = ()
    looks: Mapping[TableName, Look] = field(default_factory=dict)
    columns: Mapping[TableName, Sequence[Column]] = field(default_factory=dict)
    sample: TableName | None = None


Result = tuple[Outcome, str]


def try_everything(engine: Engine) -> Iterator[Step]:
    """Every step, as it is done; at most about a minute. Trouble is a step that failed, never raised."""
    hidden, leaks = secret_words(engine.settings), 0
    for step in _steps(engine):
        shown = hide(step.message, hidden)
        leaks += shown != step.message
        yield replace(step, message=shown)
    if leaks:
        yield Step("secrets", Outcome.FAILED, f"{leaks} of these lines held a secret, which was cut out. Report this.")
    elif hidden:
        yield Step("secrets", Outcome.OK, "None of these lines held one.")
    else:
        yield Step("secrets", Outcome.NOT_OFFERED, "This connection has none.")


def _steps(engine: Engine) -> Iterator[Step]:
    name, started = "open", time.monotonic()
    try:
        with engine:
            yield Step(name, Outcome.OK, f"A session was opened in {_since(started)}.")
            found = Found(engine)
            for name, attempt in STEPS.items():
                yield _tried(name, attempt, found)
    except ConnectionFailed as error:
        yield Step(name, Outcome.FAILED, str(error))


def _tried(name: str, attempt: Callable[[Found], Result], found: Found) -> Step:
    """Raises ConnectionFailed, after which nothing else can be tried."""
    try:
        return Step(name, *attempt(found))
    except ConnectionFailed:
        raise
    except EngineError as error:
        return Step(name, Outcome.FAILED, str(error))
    except Exception as error:  # a driver that meets a real store for the first time: the other steps tell more
        log.exception("Midwatch failed at step %r of a deep check", name)
        return Step(name, Outcome.FAILED, f"Midwatch itself failed: {type(error).__name__}: {error}. Report this.")


def _tables(found: Found) -> Result:
    seconds, found.infos = _timed(found.engine.tables)
    if not found.infos:
        return Outcome.WARNING, "No table is visible. Let the login read some, and check the name of the database."
    views = sum(info.kind == "view" for info in found.infos)
    return (
        Outcome.OK,
        f"{counted(len(found.infos) - views, 'table')} and {counted(views, 'view')}, listed in {seconds}.",
    )


def _look(found: Found) -> Result:
    engine, before = found.engine, found.engine.statements
    seconds, found.looks = _timed(engine.observe)
    unseen = {info.name for info in found.infos} - set(found.looks)
    if unseen:
        return Outcome.FAILED, f"{len(unseen):,} tables are listed and were not looked at, such as {min(unseen)}."
    return Outcome.OK, (
        f"All {len(found.looks):,} with {counted(engine.statements - before, 'statement')} in {seconds}. "
        f"{look_words(engine, list(found.looks.values()))}"
    )


def look_words(engine: Engine, looks: Sequence[Look]) -> str:
    """What the looks tell of tables, from where, and how far it can be trusted. Pure."""
    tables = [look for look in looks if look.kind == "table"]
    rows = sum(look.rows is not None for look in tables)
    told = [f"a number of rows for {rows:,} ({engine.rows_source}, {engine.rows_trust})"] if engine.rows_source else []
    if engine.change_source:
        marks, times = sum(bool(look.mark) for look in tables), sum(look.changed_at is not None for look in tables)
        told[:0] = [
            f"a mark for {marks:,}", f"a time of change for {times:,} ({engine.change_source}, {engine.change_trust})"
        ]  # fmt: skip
    silent = "" if engine.change_source else " When they were written is not told: name timestamp columns in rules."
    return f"Of {counted(len(tables), 'table')} it tells {', '.join(told) or 'nothing'}.{silent}"


def _columns(found: Found) -> Result:
    seconds, found.columns = _timed(found.engine.columns)
    bare = sorted(info.name for info in found.infos if not found.columns.get(info.name))
    number = counted(sum(map(len, found.columns.values())), "column")
    words = f"{number} of {len(found.columns):,} tables and views in {seconds}."
    if bare:
        return Outcome.WARNING, f"{words} {len(bare):,} tables or views have none that can be seen, such as {bare[0]}."
    return Outcome.OK, words


def _read(found: Found) -> Result:
    """The smallest tables first, until one can be read."""
    refused: list[str] = []
    for table in samples(found.infos, found.looks):
        found.sample = found.sample or table
        statement = f"SELECT COUNT(*) FROM {found.engine.sql.table(table)}"  # noqa: S608
        try:
            seconds, rows = _timed(lambda: found.engine.query(statement, timeout=READ_SECONDS))  # noqa: B023
        except ConnectionFailed:
            raise
        except EngineError as error:
            refused.append(str(error))
            continue
        found.sample, told = table, found.looks[table].rows
        beside = f"; the look says {told:,} ({found.engine.rows_trust})" if told is not None else ""
        words = f"{table} has {counted(int(rows[0][0]), 'row')}, counted in {seconds}{beside}."
        return (Outcome.WARNING, f"{words} {refused[0]}") if refused else (Outcome.OK, words)
    return (Outcome.FAILED, refused[0]) if refused else _no_table()


def samples(infos: Sequence[TableInfo], looks: Mapping[TableName, Look]) -> list[TableName]:
    """A few tables to try: the smallest that are not empty. Pure. A `*` stands for many tables, and is left out."""

    def size(table: TableName) -> tuple[bool, bool, int, TableName]:
        rows = looks[table].rows
        return rows == 0, rows is None, rows or 0, table

    tables = [info.name for info in infos if info.kind == "table" and "*" not in info.name.name and info.name in looks]
    return sorted(tables, key=size)[:SAMPLES]


def _fingerprints(found: Found) -> Result:
    if found.engine.look_counts_writes:
        return Outcome.NOT_OFFERED, "Not needed: what this store tells of writes is in the look."
    tables = samples(found.infos, found.looks)[:BATCH]
    if not tables:
        return _no_table()
    seconds, prints = _timed(lambda: found.engine.fingerprints(tables))
    outcome = Outcome.OK if len(prints) == len(tables) else Outcome.WARNING
    return outcome, f"{len(prints)} of {len(tables)} tables have one, taken in {seconds}."


def _estimate(found: Found) -> Result:
    if found.sample is None:
        return _no_table()
    size = found.engine.estimate(f"SELECT * FROM {found.engine.sql.table(found.sample)}")  # noqa: S608
    if size is None:
        return Outcome.NOT_OFFERED, "This store does not say beforehand how much a statement reads."
    return Outcome.OK, f"Reading all of {found.sample} would be billed {bytes_words(size)}."


def _partitions(found: Found) -> Result:
    parted = [table for table, columns in found.columns.items() if any(column.partition for column in columns)]
    for table in [*sorted(parted)[:SAMPLES], *([found.sample] if found.sample else [])]:
        seconds, parts = _timed(lambda: found.engine.partitions(table))  # noqa: B023
        days = [part.day for part in parts or () if part.day]
        if days:
            span = f"from {min(days)} to {max(days)}"
            return Outcome.OK, f"{table} has {counted(len(days), 'day')}, {span}, told in {seconds}."
    return Outcome.NOT_OFFERED, "No table is stored by days, or this store does not tell."


def _row_limit(found: Found) -> Result:
    try:
        rows = found.engine.query(TWO_ROWS, max_rows=1)
    except TooManyRows:
        return Outcome.OK, "A second row was refused where one was allowed."
    return Outcome.FAILED, f"{len(rows)} rows came back where 1 was allowed. Report this."


def _time_limit(found: Found) -> Result:
    started = time.monotonic()
    try:
        found.engine.query(SLOW, timeout=CUT_SECONDS)
    except QueryTimeout:
        cut = _since(started)
        found.engine.query("SELECT 1")
        return Outcome.OK, f"A statement that may run for 1 s was cut after {cut}, and the session lives on."
    return Outcome.FAILED, f"A statement that may run for 1 s ran for {_since(started)}. Report this."


def _writing(found: Found) -> Result:
    """Were it not refused, it would still change nothing: no row fits its condition."""
    if found.sample is None:
        return _no_table()
    try:
        found.engine.query(f"DELETE FROM {found.engine.sql.table(found.sample)} WHERE 1 = 0")  # noqa: S608
    except NotPermitted as error:
        return Outcome.OK, f"A DELETE that fits no row was refused: {error}"
    return Outcome.FAILED, "A DELETE that fits no row was not refused. Use a login that can only read, and report this."


def _rights(found: Found) -> Result:
    access = found.engine.write_access()
    if access.superuser:
        return (
            Outcome.WARNING,
            "The login is a superuser. Use one that can only read: the connection's page has a script.",
        )
    if access:
        which = ", ".join(access.tables)
        if access.by_files:
            return Outcome.WARNING, f"Midwatch may write to the files of {which}. Permission to read them is enough."
        return Outcome.WARNING, f"The login may write to {which}. Use one that can only read: its page has a script."
    return Outcome.OK, "Nothing was found that this login could change."


def _cost(found: Found) -> Result:
    engine = found.engine
    words = f"{counted(engine.statements, 'statement')} in all"
    if engine.bills_bytes:
        return Outcome.OK, f"{words}, billed {bytes_words(engine.bytes_billed)}."
    return Outcome.NOT_OFFERED, f"{words}; this store does not bill by bytes."


STEPS: dict[str, Callable[[Found], Result]] = {
    "tables": _tables,
    "look at all tables": _look,
    "columns": _columns,
    "read a table": _read,
    "fingerprints": _fingerprints,
    "estimate": _estimate,
    "partitions": _partitions,
    "row limit": _row_limit,
    "time limit": _time_limit,
    "writing is refused": _writing,
    "rights of the login": _rights,
    "cost": _cost,
}


def _no_table() -> Result:
    return Outcome.NOT_OFFERED, "There is no table to try it on."


def _timed(ask: Callable[[], T]) -> tuple[str, T]:
    """How long `ask` took, in words, and its answer."""
    started = time.monotonic()
    answer = ask()
    return _since(started), answer


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.2f} s"

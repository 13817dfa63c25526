"""What an engine must offer. One class per kind of data store; nobody outside tests its name.

A session is opened read-only, used by one thread, and closed. Every statement has a timeout and a row cap. Statements
that look at many tables take them all at once: their number grows with databases, not with tables.
"""

from __future__ import annotations

import shlex
import sys
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from types import TracebackType
from typing import Any, ClassVar, Literal, NamedTuple, Self

from apps.common.plugins import Driver, Settings
from apps.common.records import record
from apps.connections.engines.dialect import Dialect
from apps.connections.engines.errors import ConnectionFailed
from apps.connections.names import TableName

BATCH = 100  # tables per UNION ALL; one giant statement is 3 to 5 times slower (planner, JIT)
STATEMENT_TIMEOUT = timedelta(seconds=30)
CONNECT_TIMEOUT = timedelta(seconds=8)
MAX_ROWS = 200_000


class Trust(StrEnum):
    """How far a number can be relied on."""

    EXACT = "exact"
    ESTIMATE = "estimate"
    HINT = "hint"


class TableInfo(NamedTuple):
    """A table or view that the session can see, for the catalogue. None: the store does not say."""

    name: TableName
    kind: Literal["table", "view"]
    comment: str = ""
    rows: int | None = None
    bytes: int | None = None


class Look(NamedTuple):
    """What one metadata statement says about a table without reading it.

    `mark` changes whenever the table may have been written; an equal mark proves that it was not. Empty: the store
    cannot tell (a view, a standby). `writes` is a counter that only grows while nothing is reset; None: no counter.
    `identity` names the physical table, so that a table swapped in under the same name is recognised. `changed_at` is
    when the table was written, where the store tells it. `rows` and `bytes` are as good as the engine's `rows_trust`.
    `fingerprint` changes when the content does, where the store's time moves without that; empty: its time is enough.
    """

    name: TableName
    kind: Literal["table", "view"]
    mark: str = ""
    identity: str = ""
    writes: int | None = None
    rows: int | None = None
    changed_at: datetime | None = None
    bytes: int | None = None
    fingerprint: str = ""


class Column(NamedTuple):
    """A column with its type as the store writes it and, when it holds times, how they are to be read.

    `partition`: the table is stored in parts by this column, so a filter on it saves reading the others.
    """

    name: str
    type: str
    time: Literal["aware", "naive", "date", ""] = ""
    nullable: bool = True
    comment: str = ""
    partition: bool = False


class Partition(NamedTuple):
    """A day of a table that is stored by days: its rows, and when they were last written.

    `day` is that of UTC where the table is stored by moments, else as written. None: rows that are not yet part of any.
    """

    day: date | None
    rows: int
    changed_at: datetime | None = None


@record
class Budget:
    """What one statement may cost, and for whom it runs. None: whatever the connection allows."""

    max_bytes: int | None = None
    label: str = ""


NO_BUDGET = Budget()


@record
class Tariff:
    """What reading costs, and how much of it a connection allows, in bytes that are billed. None: any amount."""

    per_query: int | None = None
    per_day: int | None = None  # of the UTC day
    per_table: int = 0  # billed at least for each table that a statement reads
    per_listing: int = 0  # billed for the columns of one schema
    price_per_tib: float = 0.0  # US dollars


FREE = Tariff()


@record
class WriteAccess:
    """What the login could change. `tables` are examples, at most five. `by_files`: there is no login,
    and Midwatch itself may write to the files."""

    tables: tuple[str, ...] = ()
    superuser: bool = False
    by_files: bool = False

    def __bool__(self) -> bool:
        return self.superuser or bool(self.tables)


class Engine(Driver):
    """A driver for one kind of data store, and at the same time a session with one."""

    dialect: ClassVar[str]  # sqlglot's name of the SQL dialect, for SQL that a person wrote
    sql: ClassVar[Dialect]  # how Midwatch's own SELECTs are written
    default_schema: ClassVar[str]
    sdk: ClassVar[str] = ""  # the module that an extra brings
    requirements: ClassVar[tuple[str, ...]] = ()  # that extra, as pyproject.toml has it under the engine's key
    credentials_hint: ClassVar[str] = ""  # where a person finds the credentials
    secrets_go_to: ClassVar[tuple[str, ...]] = ()  # settings that say where stored secrets are sent
    schemas_setting: ClassVar[str] = ""  # the setting that names the schemas to watch, where there is one
    rival_secrets: ClassVar[tuple[tuple[str, ...], ...]] = ()  # groups; entering one drops what is stored of the others
    change_source: ClassVar[str]  # where "this table was written" comes from, in words; empty: the store tells nothing
    change_trust: ClassVar[Trust]
    rows_source: ClassVar[str] = ""  # where a look's number of rows comes from, in words; empty: it has none
    bytes_source: ClassVar[str] = ""  # where its size in bytes comes from, exactly; empty: from where the rows do
    rows_trust: ClassVar[Trust] = Trust.HINT  # a hint is never judged by
    grant_title: ClassVar[str] = "a script for a read-only login"  # what `grant_script` is
    grant_advice: ClassVar[str] = (
        "Let somebody who manages the data store apply this, and enter here the login that it makes."
    )
    bills_bytes: ClassVar[bool] = False  # reading costs money by the byte
    tables_per_statement: ClassVar[int] = BATCH  # that one SELECT of Midwatch's reads
    marks_columns: ClassVar[bool] = False  # a look's mark moves as well when columns of the table change
    look_counts_writes: ClassVar[bool]  # False: `fingerprints` tells whether a table changed
    Settings: ClassVar[type[Settings]]

    def __init__(self, settings: Any, *, label: str = "Midwatch") -> None:
        self.settings = settings
        self.application = label
        self.bytes_billed = 0  # by this session so far
        self.bytes_limit: int | None = None  # up to which `columns` and `partitions` may let bytes_billed grow
        self.statements = 0  # sent by this session so far, apart from those that set it up
        self.unreadable: dict[TableName, str] = {}  # tables whose columns could not be told, and why

    def __enter__(self) -> Self:
        if line := missing(type(self)):
            raise ConnectionFailed(f"Midwatch needs a package for {self.label}. Run this, and restart Midwatch: {line}")
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def tariff(self) -> Tariff:
        """Known without a session, and without the secrets."""
        return FREE

    @abstractmethod
    def open(self) -> None:
        """Open a read-only session. Raises ConnectionFailed."""

    @abstractmethod
    def close(self) -> None:
        """Close the session; never raises."""

    @abstractmethod
    def tables(self) -> list[TableInfo]:
        """Every table and view outside the system schemas, in one statement."""

    @abstractmethod
    def observe(self) -> dict[TableName, Look]:
        """A look at every table and view at once, in at most two statements, reading none of them."""

    def fingerprints(self, tables: Collection[TableName]) -> dict[TableName, str]:
        """A short text per table that changes when its content does; from metadata, `BATCH` tables a statement."""
        return {}

    @abstractmethod
    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        """The columns of the given tables (all when None) in their order, in one statement. Where that is billed more
        than `bytes_limit` allows, the tables that are left out are `unreadable`."""

    def partitions(self, table: TableName) -> list[Partition] | None:
        """The days that a table is stored in, without reading it. None: it is not, or the store does not tell. Raises
        OverBudget before it is billed more than `bytes_limit` allows."""
        return None

    @abstractmethod
    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        """Run one SELECT. Raises QueryFailed; TooManyRows past `max_rows`; QueryTimeout past `timeout`; OverBudget
        before it runs, when it would be billed more than `budget` or the connection allows."""

    def estimate(self, sql: str) -> int | None:
        """How many bytes one SELECT would be billed. None: the store cannot tell beforehand. Raises QueryFailed."""
        return None

    def write_access(self) -> WriteAccess:
        """What this login could change, so that a person can be warned."""
        return WriteAccess()

    def grant_script(self, schemas: Sequence[str]) -> str:
        """A script to copy that makes a login which can only read `schemas`."""
        return ""

    @classmethod
    def resolve(cls, settings: Mapping[str, Any], *, folder: str) -> dict[str, Any]:
        """Settings as they are stored: a path written relative to a YAML file is made absolute from its `folder`."""
        return dict(settings)


def missing(driver: type[Engine]) -> str:
    """The line that installs what a driver needs; empty where it is installed.

    It names the very Python that runs Midwatch, so it is right in a virtual environment and in a container alike.
    """
    return lacking(driver.sdk, driver.requirements)


def lacking(package: str, requirements: Sequence[str]) -> str:
    """The line that installs `requirements`; empty where their `package` is there, or none is needed."""
    if not package or _installed(package):
        return ""
    return shlex.join([sys.executable, "-m", "pip", "install", *requirements])


@cache  # a package that was installed meanwhile can be used after a restart
def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False

"""What can go wrong with a data store. Drivers raise these and nothing else; the cause is kept as `__cause__`.

EngineError
├── ConnectionFailed            no session: everything on this connection is unknown
│   ├── UnknownHost             the name cannot be resolved
│   ├── PortRefused             the host answers, nothing listens there            (retryable)
│   ├── NoAnswer                no reply in time, or the network broke             (retryable)
│   ├── Busy                    a writer holds the file, or no session is free     (retryable)
│   ├── LoginRefused            wrong user or password
│   ├── DatabaseMissing         no such database, or no such file
│   └── TlsFailed               the server and `sslmode` do not agree
└── QueryFailed                 one statement failed; the session lives on
    ├── TableMissing
    ├── ColumnMissing
    ├── NotPermitted
    ├── QueryTimeout            cut at the statement timeout
    ├── FilterNeeded            the table can only be read with a filter on the column it is partitioned by
    ├── OverBudget              would be billed more bytes than are allowed; it did not run
    └── TooManyRows             more rows than the cap
"""

from __future__ import annotations

from typing import ClassVar

from apps.common.errors import MidwatchError


class EngineError(MidwatchError):
    """A data store could not do what was asked. `retryable`: a second try may well succeed by itself."""

    retryable: ClassVar[bool] = False


class ConnectionFailed(EngineError):
    """No session could be opened, or it was lost."""


class UnknownHost(ConnectionFailed):
    pass


class PortRefused(ConnectionFailed):
    retryable = True


class NoAnswer(ConnectionFailed):
    retryable = True


class Busy(ConnectionFailed):
    retryable = True


class LoginRefused(ConnectionFailed):
    pass


class DatabaseMissing(ConnectionFailed):
    pass


class TlsFailed(ConnectionFailed):
    pass


class QueryFailed(EngineError):
    """One statement failed."""


class TableMissing(QueryFailed):
    pass


class ColumnMissing(QueryFailed):
    pass


class NotPermitted(QueryFailed):
    pass


class QueryTimeout(QueryFailed):
    retryable = True


class FilterNeeded(QueryFailed):
    """`table` is the stored table's name within its dataset; empty when the store does not say it."""

    table: str = ""


class OverBudget(QueryFailed):
    pass


class TooManyRows(QueryFailed):
    pass

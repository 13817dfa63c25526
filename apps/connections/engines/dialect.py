"""How a store writes the few things that Midwatch's own SELECTs need. Data, one value per engine.

These SELECTs are the same everywhere but for what stands here, so they are put together from it. SQL that a person
wrote is another matter: sqlglot parses that. (Loading sqlglot costs a tenth of a second at each cold start.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.names import TableName

LITERALS = {"aware": "TIMESTAMPTZ '{}'", "naive": "TIMESTAMP '{}'", "date": "DATE '{}'"}


@record
class Dialect:
    """`epoch` gives the seconds since 1970 of a time, as a number; what has no zone counts as if it were UTC.
    `literals` write a moment as a constant of the column's own type, so that an index on the column can be used.
    `read` is how a column with times is read, in a store whose values must be understood before they can be compared.
    `string` is the type of a text of any length. `matches` says that a text (0) holds a match of a regular expression
    (1), `quantile` which value (0) a share (1, such as 0.5) of the rows does not exceed; empty: the store cannot tell.
    `whole` makes an expression stand for the whole text. `exact` makes a store compare a text letter by letter that
    would not otherwise.
    """

    quote: str = '"'
    read: str = "{0}"
    epoch: str = "EXTRACT(EPOCH FROM {})"
    double: str = "DOUBLE PRECISION"
    string: str = "VARCHAR"
    exact: str = "{0}"
    matches: str = ""
    whole: str = "^({0})$"
    quantile: str = ""
    literals: Mapping[str, str] = field(default_factory=lambda: dict(LITERALS))

    def name(self, identifier: str) -> str:
        """A quoted identifier: every character counts, and none can end it."""
        return f"{self.quote}{identifier.replace(self.quote, self.quote * 2)}{self.quote}"

    def time(self, identifier: str) -> str:
        """A column with times, to compare with a `moment`."""
        return self.read.format(self.name(identifier))

    def letters(self, identifier: str) -> str:
        """A column's value as a text that is compared letter by letter. Some stores give it out as bytes."""
        return self.exact.format(f"CAST({self.name(identifier)} AS {self.string})")

    def matching(self, identifier: str, expression: str) -> str:
        """That a column's value as a text matches a regular expression as a whole. NULL where there is no value."""
        text = f"CAST({self.name(identifier)} AS {self.string})"
        return self.matches.format(text, self.text(self.whole.format(expression)))

    def table(self, table: TableName) -> str:
        return f"{self.name(table.schema)}.{self.name(table.name)}"

    def text(self, value: str) -> str:
        """A constant text."""
        doubled = value.replace("'", "''")
        return f"'{doubled}'"

    def seconds(self, expression: str) -> str:
        """The epoch of a time as a double."""
        return f"CAST({self.epoch.format(expression)} AS {self.double})"

    def moment(self, at: datetime, time: str, zone: ZoneInfo) -> str:
        """`at` for a column whose times are `aware`, `naive` (wall-clock time in `zone`) or a `date`."""
        local = at.astimezone(UTC if time == "aware" else zone)
        text = (local if time == "aware" else local.replace(tzinfo=None)).isoformat(sep=" ")
        return self.literals[time].format(text[:10] if time == "date" else text)

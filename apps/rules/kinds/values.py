"""Accepted values: a column holds nothing but what is listed, or nothing of what is listed. Case matters, in every
store.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.services import Column, Dialect
from apps.rules.kinds.columns import Holds, check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.faulty import Faulty, FaultySettings
from apps.rules.kinds.tally import Tally, tally_lines
from apps.rules.kinds.wants import Condition, Select, Want

MOST_VALUES = 1_000
LONGEST = 500
NAMED = 8  # how many values a sentence names
Value = bool | int | float | str
HOLDS: dict[type, Holds] = {str: "text", bool: "truth values", float: "numbers"}


@record
class Unlisted(Condition):
    """The value is none of `listed` or, with `reject`, one of them; these are all of a kind. `null`: a row without a
    value is faulty, too."""

    column: str
    listed: tuple[Value, ...]
    reject: bool = False
    null: bool = False

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect) -> str:
        name = sql.name(self.column)
        compared = sql.letters(self.column) if kind_of(self.listed) is str else name
        among = (
            f"{compared} {'IN' if self.reject else 'NOT IN'} ({', '.join(_written(sql, one) for one in self.listed)})"
        )
        wrong = f"({name} IS NOT NULL AND {among})"
        return f"({name} IS NULL OR {wrong})" if self.null else wrong


def kind_of(listed: Sequence[Value]) -> type:
    """`str`, `bool` or (for numbers) `float`. Raises ValueError where they are not all of a kind."""
    kinds = {float if type(one) is int else type(one) for one in listed}
    if len(kinds) > 1:
        raise ValueError('must be all texts, all numbers, or all true and false; the text 1 is written in quotes: "1"')
    return kinds.pop()


def _fit(listed: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    if listed is None:
        return None
    if kind_of(listed) is str and any(len(str(one)) > LONGEST or "\0" in str(one) for one in listed):
        raise ValueError(f"a text may have {LONGEST} characters at most, and none that is zero")
    if any(isinstance(one, int | float) and not (math.isfinite(one) and abs(one) < 1e18) for one in listed):
        raise ValueError("a number must be smaller than 10 to the power of 18")
    return tuple(dict.fromkeys(listed))


Listed = Annotated[tuple[Value, ...] | None, AfterValidator(_fit)]


class ValuesSettings(FaultySettings):
    """The values that a column may hold, or those that it may not."""

    column: str = Field(min_length=1, title="Column", description="The column whose values are looked at.")
    accept: Listed = Field(
        None,
        min_length=1,
        max_length=MOST_VALUES,
        title="Accepted values",
        description='Any other is faulty. Case matters. Write a text that looks like a number in quotes: "1".',
    )
    reject: Listed = Field(
        None,
        min_length=1,
        max_length=MOST_VALUES,
        title="Rejected values",
        description="These are faulty, and any other is fine. Give either these or the accepted ones.",
    )
    allow_null: bool = Field(
        default=True, title="Missing values are fine", description="Off: a row without a value is faulty, too."
    )

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.accept is None) == (self.reject is None):
            raise ValueError("give either the values to accept or those to reject")
        return self


class Values(Faulty):
    label = "Accepted values"
    tells = "A column holds values that it should not, such as an unknown status."
    Settings = ValuesSettings
    settings: ValuesSettings

    @property
    def faults(self) -> Condition:
        listed, reject = self._listed, self.settings.accept is None
        return Unlisted(self.settings.column, listed, reject, not self.settings.allow_null)

    @property
    def fault_words(self) -> str:
        missing = "" if self.settings.allow_null else ", or none"
        named = listed_words(self._listed)
        if self.settings.accept is None:
            return f"the value {named} in {self.settings.column}{missing}"
        return f"a value in {self.settings.column} other than {named}{missing}"

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        super().refuse(subject, columns, tells_changes=tells_changes)
        holds = HOLDS[kind_of(self._listed)]
        try:
            check_column(self.settings.column, subject, columns, holds=holds)
        except InvalidInput as error:
            hint = ' A text that looks like a number is written in quotes: "1".' if holds != "text" else ""
            raise InvalidInput(f"{error}{hint}", field="accept" if self.settings.accept else "reject") from error

    def showing(self, subject: Subject) -> Sequence[Select]:
        return (self._tally, *super().showing(subject))

    def shown(self, subject: Subject, answers: Mapping[Want, Any]) -> list[str]:
        values = tally_lines((self.settings.column,), answers.get(self._tally, ()))
        return [*values, *super().shown(subject, answers)]

    @property
    def _listed(self) -> tuple[Value, ...]:
        return self.settings.accept or self.settings.reject or ()

    @property
    def _tally(self) -> Tally:
        return Tally(self.faults, (self.settings.column,), exact=kind_of(self._listed) is str)


def listed_words(listed: Sequence[Value]) -> str:
    """`"paid", "open" or "shipped"`; of many, the first and how many more."""
    words = [_shown(one) for one in listed[:NAMED]]
    if len(listed) > NAMED:
        more = len(listed) - NAMED
        words.append(f"{more:,} more")
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return f'"{value[:40]}…"' if len(value) > 40 else f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else f"{value:,}"


def _written(sql: Dialect, value: Value) -> str:
    if isinstance(value, str):
        return sql.text(value)
    return str(value).upper() if isinstance(value, bool) else repr(value)

"""Pattern: texts have a form, which is given as a regular expression or by its name. The whole text must match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from apps.common.errors import InvalidInput
from apps.common.plugins import LABELS
from apps.common.records import record
from apps.connections.services import Column, Dialect
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.faulty import Faulty, FaultySettings
from apps.rules.kinds.regular import portable
from apps.rules.kinds.wants import Condition

FormatName = Literal[
    "email", "uuid", "url", "date", "datetime", "digits", "country", "currency", "language", "phone", "iban", "ipv4"
]
HEX, DATE = "[0-9A-Fa-f]", "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"


class Format(NamedTuple):
    """A form that a text may have, `expression` as all stores understand it."""

    words: str
    expression: str


# Only the form is looked at: whether such an address, country or account exists is another matter.
FORMATS: Mapping[FormatName, Format] = {
    "email": Format("an email address", r"[^@ \t\r\n]+@[^@ \t\r\n.]+(\.[^@ \t\r\n.]+)+"),
    "uuid": Format("a UUID", f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"),  # RFC 9562, section 4
    "url": Format("a web address", r"[Hh][Tt][Tt][Pp][Ss]?://[^ \t\r\n/?#]+([/?#][^ \t\r\n]*)?"),
    "date": Format("a date such as 2026-11-21", DATE),
    "datetime": Format(
        "a time such as 2026-11-21T03:00:00Z",
        DATE + r"[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    ),
    "digits": Format("a text of digits", "[0-9]+"),
    "country": Format("a country code such as DE", "[A-Z]{2}"),  # ISO 3166-1 alpha-2
    "currency": Format("a currency code such as EUR", "[A-Z]{3}"),  # ISO 4217
    "language": Format("a language code such as de or pt-BR", "[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?"),  # BCP 47
    "phone": Format("a phone number such as +491701234567", r"\+[1-9][0-9]{6,14}"),  # E.164
    "iban": Format("an IBAN", "[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}"),  # ISO 13616
    "ipv4": Format("an IPv4 address", rf"({BYTE}\.){{3}}{BYTE}"),
}  # fmt: skip


@record
class Unlike(Condition):
    """There is a value, and as a text it does not match the expression as a whole."""

    column: str
    expression: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect) -> str:
        name = sql.name(self.column)
        return f"({name} IS NOT NULL AND NOT ({sql.matching(self.column, self.expression)}))"


def _check_pattern(pattern: str) -> str:
    portable(pattern)
    return pattern


class PatternSettings(FaultySettings):
    """The form that the texts of a column must have."""

    column: str = Field(min_length=1, title="Column", description="A column with texts.")
    format: FormatName | None = Field(
        None,
        title="Format",
        description="A form that is known by name. Only the form is looked at.",
        json_schema_extra={LABELS: {name: form.words for name, form in FORMATS.items()}},
    )
    pattern: Annotated[str, AfterValidator(_check_pattern)] | None = Field(
        None,
        min_length=1,
        title="Pattern",
        description=r"In place of a format: a regular expression such as [A-Z]{2}\d+ that the whole text must match.",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.format is None) == (self.pattern is None):
            raise ValueError("give either a format or a pattern")
        return self


class Pattern(Faulty):
    label = "Form of texts"
    tells = "Texts do not have the form that they should, such as that of an email address."
    Settings = PatternSettings
    settings: PatternSettings

    @property
    def faults(self) -> Condition:
        name, pattern = self.settings.format, self.settings.pattern
        return Unlike(self.settings.column, FORMATS[name].expression if name else portable(pattern or ""))

    @property
    def fault_words(self) -> str:
        name = self.settings.format
        wrong = f"is not {FORMATS[name].words}" if name else f"does not match {self.settings.pattern} as a whole"
        return f"a value in {self.settings.column} that {wrong}"

    @property
    def shown_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.settings.key, self.settings.column)))

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        super().refuse(subject, columns, tells_changes=tells_changes)
        check_column(self.settings.column, subject, columns, holds="text")

    def refuse_sql(self, subject: Subject) -> None:
        if subject.sql is not None and not subject.sql.matches:
            message = "This data store cannot match texts against a pattern. A rule with accepted values works there."
            raise InvalidInput(message, field="format" if self.settings.format else "pattern")

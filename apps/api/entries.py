"""What may stand in a file, one model per engine, channel type and kind of rule, composed from the drivers' settings.

The YAML reader, the REST API and the published JSON Schema all use these models, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, Field, StringConstraints, create_model, model_validator

from apps.alerts.services import CHANNELS
from apps.common.errors import near
from apps.common.plugins import Registry, Settings
from apps.common.sizes import Bytes, bytes_words
from apps.connections.services import ENGINES, parse_table
from apps.rules.services import KINDS
from apps.teams.models import time_zones


def _zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError(f"{name!r} is no time zone. {near(name, time_zones())}".strip())
    return name


def _trimmed(name: str) -> str:
    if name != name.strip():
        raise ValueError("a name takes no space at its beginning or end")
    return name


def _one_line(name: str) -> str:
    if not name.isprintable():
        raise ValueError("a name is one line of visible characters")
    return name


def _table(text: str) -> str:
    parse_table(text, default_schema="any")
    return text


def _limit(count: int) -> int:
    if not 1 <= count <= MOST_BYTES:
        raise ValueError(f"must be more than 0 bytes, and {bytes_words(MOST_BYTES)} at most")
    return count


Zone = Annotated[str, AfterValidator(_zone), Field(examples=["Europe/Berlin"])]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_trimmed)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^,\r\n]+$"), AfterValidator(_trimmed)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=254), Field(examples=["anna@example.com"])]
ChannelName = Annotated[Name, AfterValidator(_one_line)]
RuleName = Annotated[str, StringConstraints(min_length=1, max_length=150), AfterValidator(_trimmed)]
MOST_BYTES = 10**15  # a petabyte
SeverityName = Literal["critical", "high", "medium", "low"]


class Defaults(Settings):
    """What every rule of the file inherits. A rule overrides it, and null in a rule switches it off."""

    timezone: Zone | None = Field(None, description="Days and clock times of rules are meant in this zone.")
    severity: SeverityName | None = Field(None, description="How much a breach matters.")
    notify: list[Name] | None = Field(None, description="The channels that hear of a breach.")


class StoreHead(Settings):
    """What every connection has, whatever its engine."""

    engine: str = Field(description="The kind of data store.")
    timezone: Zone | None = Field(None, description="Times without a zone are read in this one. UTC unless set.")


class ChannelHead(Settings):
    """What every channel has, whatever its type."""

    type: str = Field(description="The way messages go.")


class Tables(Settings):
    """Patterns of tables: one rule watches each that matches, also those that appear later."""

    include: list[Annotated[str, StringConstraints(min_length=1)]] = Field(min_length=1, examples=[["sales.*"]])
    exclude: list[Annotated[str, StringConstraints(min_length=1)]] = Field([], examples=[["sales.tmp_*"]])


class RuleHead(Settings):
    """What every rule has, whatever its kind."""

    name: RuleName = Field(description="Unique in the team.")
    connection: Name = Field(description="The connection that has the table.")
    table: Annotated[str, AfterValidator(_table)] | None = Field(None, description="schema.table")
    tables: Tables | None = Field(None, description="Patterns, in place of one table.")
    kind: str = Field(description="The kind of test.")
    severity: SeverityName | None = Field(None, description="How much a breach matters. null: medium.")
    timezone: Zone | None = Field(None, description="Days and clock times are meant in this zone. null: UTC.")
    notify: list[Name] | None = Field(
        None, description="The channels that hear of a breach. null: none, so the team's routes decide."
    )
    people: list[Address] | None = Field(
        None, description="Members of the team who are told as well, by their mail addresses."
    )
    owner: Address | None = Field(None, description="The mail address of the member who answers for the table.")
    tags: list[Tag] | None = Field(None, description="Words by which routes and silences choose rules.")
    max_bytes: Annotated[Bytes, AfterValidator(_limit)] | None = Field(
        None,
        description="What a check of a table may be billed, where reading costs money, such as 1 GB. null: as the "
        "connection says.",
    )
    paused: bool = Field(False, description="A paused rule is not checked.")

    @model_validator(mode="after")
    def _one_way_to_name_tables(self) -> Self:
        if (self.table is None) == (self.tables is None):
            raise ValueError("a rule names either one 'table', or 'tables' by patterns")
        return self


class FileHead(Settings):
    """The top of a file."""

    version: Literal[1] = Field(description="The version of this grammar.")
    team: Name = Field(description="The team that all of this belongs to.")
    defaults: Defaults | None = Field(None, description="What every rule inherits.")
    connections: dict[Name, dict[str, Any]] | None = Field(None, description="The data stores to watch, by name.")
    channels: dict[ChannelName, dict[str, Any]] | None = Field(None, description="Where messages go, by name.")
    rules: list[dict[str, Any]] | None = Field(None, description="What must hold for which tables.")


FAMILIES: Mapping[str, tuple[str, type[Settings], Registry[Any]]] = {
    "connections": ("engine", StoreHead, ENGINES),
    "channels": ("type", ChannelHead, CHANNELS),
    "rules": ("kind", RuleHead, KINDS),
}


@cache
def entry_model(family: str, key: str) -> type[Settings]:
    """The model of one entry: the head of its family and the settings of driver `key`, side by side.

    Raises InvalidInput for a key that is not registered.
    """
    tag, head, drivers = FAMILIES[family]
    driver = drivers[key]
    name = f"{key.title()}{head.__name__.removesuffix('Head')}"
    bases: Any = (driver.Settings, head)
    choice: Any = {tag: (Literal[key], Field(description=head.model_fields[tag].description))}
    return cast("type[Settings]", create_model(name, __base__=bases, __doc__=driver.label, **choice))


def settings_model(family: str, key: str) -> type[Settings]:
    """The settings of driver `key` alone."""
    settings: type[Settings] = FAMILIES[family][2][key].Settings
    return settings


def own_settings(family: str, key: str, entry: Mapping[str, Any]) -> Settings:
    """The driver's settings out of a valid entry."""
    model = settings_model(family, key)
    return model.model_validate({name: value for name, value in entry.items() if name in model.model_fields})


@cache
def file_model() -> type[Settings]:
    """The whole grammar as one model, for its JSON Schema."""
    fields: dict[str, Any] = {}
    for family, (tag, _, drivers) in FAMILIES.items():
        choice: Any = entry_model(family, next(iter(drivers)))
        for key in list(drivers)[1:]:
            choice |= entry_model(family, key)
        entry: Any = Annotated[choice, Field(discriminator=tag)]
        groups: Any = {"connections": dict[Name, entry], "channels": dict[ChannelName, entry], "rules": list[entry]}
        fields[family] = (groups[family] | None, Field(None, description=FileHead.model_fields[family].description))
    return create_model("MidwatchFile", __base__=FileHead, **fields)

"""A team's configuration as frozen values: what a YAML file wants, and in the same shape what the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from apps.common.records import record

Section = Literal["connection", "channel", "rule"]
SECTIONS: tuple[Section, ...] = ("connection", "channel", "rule")


@record
class StoreSpec:
    """A connection. `secret_names` holds, per secret, the environment variable that it is written as."""

    name: str
    engine: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_names: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"


@record
class ChannelSpec:
    """A channel."""

    name: str
    type: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_names: Mapping[str, str] = field(default_factory=dict)


@record
class RuleSpec:
    """A rule, with the names of its connection and its channels, and the mail addresses of its people and its owner, in
    small letters. Either `table` or `include` names the tables."""

    name: str
    connection: str
    kind: str
    table: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "medium"
    timezone: str = "UTC"
    notify: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    owner: str = ""
    tags: frozenset[str] = frozenset()
    paused: bool = False
    max_bytes: int | None = None


Spec = StoreSpec | ChannelSpec | RuleSpec


@record
class TeamSpec:
    """All that a team has configured (or a file wants it to), by name; `members` are the mail addresses of its people,
    which no file changes."""

    name: str
    connections: Mapping[str, StoreSpec] = field(default_factory=dict)
    channels: Mapping[str, ChannelSpec] = field(default_factory=dict)
    rules: Mapping[str, RuleSpec] = field(default_factory=dict)
    members: frozenset[str] = frozenset()

    def section(self, section: Section) -> Mapping[str, Spec]:
        """The connections, the channels or the rules."""
        sections: dict[Section, Mapping[str, Spec]] = {
            "connection": self.connections,
            "channel": self.channels,
            "rule": self.rules,
        }
        return sections[section]

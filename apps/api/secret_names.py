"""The environment variable that stands for a stored secret in an exported file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from apps.api.specs import ChannelSpec, StoreSpec, TeamSpec


def with_secret_names(team: TeamSpec) -> TeamSpec:
    """The team with a name for each stored secret: the one remembered from its file, else `CONNECTION_FIELD`.

    Derived names are made unique, so that two secrets never share a variable by accident.
    """
    entries: list[StoreSpec | ChannelSpec] = [*team.connections.values(), *team.channels.values()]
    taken = {name for entry in entries for name in entry.secret_names.values()}
    connections: dict[str, StoreSpec] = {}
    for name in sorted(team.connections):
        store = team.connections[name]
        connections[name] = replace(store, secret_names=_names(name, store.secrets, store.secret_names, taken))
    channels: dict[str, ChannelSpec] = {}
    for name in sorted(team.channels):
        channel = team.channels[name]
        channels[name] = replace(channel, secret_names=_names(name, channel.secrets, channel.secret_names, taken))
    return replace(team, connections=connections, channels=channels)


def _names(entry: str, secrets: Iterable[str], remembered: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    names = {}
    for field in sorted(secrets):
        names[field] = remembered.get(field) or _free(_upper(f"{entry}_{field}"), taken)
        taken.add(names[field])
    return names


def _upper(text: str) -> str:
    words = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    return words if words[:1].isalpha() else f"SECRET_{words}"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    candidate = name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate

"""Reading a file: from the tree of its YAML to what it wants, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from apps.api.complaints import check_entry, check_model
from apps.api.entries import FileHead, own_settings
from apps.api.placeholders import Filled, Path, fill
from apps.api.problems import FileRefused, Problem
from apps.api.specs import ChannelSpec, RuleSpec, Section, StoreSpec, TeamSpec
from apps.api.yaml_tree import Items, Keys, Leaf, Node
from apps.common.errors import near
from apps.common.plugins import Settings
from apps.common.records import record
from apps.common.sizes import Bytes
from apps.connections.services import ENGINES, parse_table

FAMILIES: Mapping[Section, str] = {"connection": "connections", "channel": "channels", "rule": "rules"}
SIZE_OR_NONE: TypeAdapter[int | None] = TypeAdapter(Bytes | None)
FALLBACKS: Mapping[str, Any] = {"severity": "medium", "timezone": "UTC", "notify": []}


@record
class Wanted:
    """What a file wants, and where it says so."""

    team: TeamSpec
    tree: Keys

    def line(self, section: Section, name: str, field: str = "") -> int:
        """The line of an entry, or of one of its keys."""
        place: Path = (name,) if section != "rule" else (list(self.team.rules).index(name),)
        return _line(self.tree, (FAMILIES[section], *place, *([field] if field else [])))


def team_name(tree: Keys, *, environ: Mapping[str, str]) -> str:
    """The team that a file is for; empty when it does not say."""
    node = tree.values.get("team")
    name = fill(node, environ=environ, stored={}).value if isinstance(node, Leaf) else ""
    return name if isinstance(name, str) else ""


def read(
    tree: Keys, *, file: str, folder: str, existing: TeamSpec, environ: Mapping[str, str], prune: bool = False
) -> Wanted:
    """What the file wants. Raises FileRefused with all that is wrong.

    `existing` is what the team has: rules may refer to it (unless `prune` would remove it), and its stored secrets
    stay where a variable is not set. Relative paths start from `folder`.
    """
    filled = fill(tree, environ=environ, stored=_stored(existing))
    kept = TeamSpec(existing.name, members=existing.members) if prune else existing
    places = [
        *((path, text) for path, text in _shape(filled.value) if path not in filled.unset),
        *_repeated(filled.value, tree),
        *_unknown_names(filled.value, kept),
    ]
    problems = [*filled.problems, *(Problem(_line(tree, path), text) for path, text in places)]
    if problems:
        raise FileRefused(file, problems)
    return Wanted(_build(filled, existing, folder), tree)


def store_from(name: str, entry: Mapping[str, Any], names: Mapping[str, str], folder: str) -> StoreSpec:
    """A connection out of a valid entry."""
    engine = entry["engine"]
    settings = own_settings("connections", engine, entry)
    return StoreSpec(
        name=name,
        engine=engine,
        settings=ENGINES[engine].resolve(settings.plain(), folder=folder),
        secrets=_given_secrets(settings, entry),
        secret_names={field: names[field] for field in settings.secret_names() if field in names},
        timezone=entry.get("timezone") or "UTC",
    )


def channel_from(name: str, entry: Mapping[str, Any], names: Mapping[str, str]) -> ChannelSpec:
    """A channel out of a valid entry."""
    settings = own_settings("channels", entry["type"], entry)
    secret_names = {field: names[field] for field in settings.secret_names() if field in names}
    return ChannelSpec(name, entry["type"], settings.plain(), _given_secrets(settings, entry), secret_names)


def rule_from(entry: Mapping[str, Any], *, defaults: Mapping[str, Any], engine: str) -> RuleSpec:
    """A rule out of a valid entry. An absent key is inherited from `defaults`; null switches it off."""
    written = {**defaults, **entry}
    head = {key: fallback if written.get(key) is None else written[key] for key, fallback in FALLBACKS.items()}
    tables = entry.get("tables") or {}
    table = entry.get("table")
    return RuleSpec(
        name=entry["name"],
        connection=entry["connection"],
        kind=entry["kind"],
        table=str(parse_table(table, default_schema=ENGINES[engine].default_schema)) if table else "",
        include=tuple(tables.get("include", ())),
        exclude=tuple(tables.get("exclude", ())),
        settings=own_settings("rules", entry["kind"], entry).plain(),
        severity=head["severity"],
        timezone=head["timezone"],
        notify=frozenset(head["notify"]),
        people=frozenset(address.lower() for address in entry.get("people") or ()),
        owner=(entry.get("owner") or "").lower(),
        tags=frozenset(entry.get("tags") or ()),
        paused=entry.get("paused", False),
        max_bytes=SIZE_OR_NONE.validate_python(entry.get("max_bytes")),
    )


def _given_secrets(settings: Settings, entry: Mapping[str, Any]) -> dict[str, str]:
    """The secrets that the entry writes; one that it leaves out stays as it is."""
    return {field: secret for field, secret in settings.secrets().items() if field in entry}


def _stored(existing: TeamSpec) -> dict[Path, str]:
    return {
        (family, name, field): secret
        for family, entries in (("connections", existing.connections), ("channels", existing.channels))
        for name, entry in entries.items()
        for field, secret in entry.secrets.items()
    }


def _shape(value: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Unknown and missing keys, and values of the wrong type, by place."""
    yield from check_model(FileHead, value)
    for family in ("connections", "channels"):
        for name, entry in _entries(value, family):
            yield from (((family, name, *found.path), found.text) for found in check_entry(family, entry))
    for index, entry in _entries(value, "rules"):
        yield from ((("rules", index, *found.path), found.text) for found in check_entry("rules", entry))


def _repeated(value: dict[str, Any], tree: Keys) -> Iterator[tuple[Path, str]]:
    """Rules whose name an earlier rule has."""
    first: dict[Any, int] = {}
    for index, rule in _entries(value, "rules"):
        name = rule.get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            line = _line(tree, ("rules", first[name], "name"))
            yield ("rules", index, "name"), f"name: {name!r} is the name of the rule in line {line} already."
        first.setdefault(name, index)


def _unknown_names(value: dict[str, Any], existing: TeamSpec) -> Iterator[tuple[Path, str]]:
    """Connections, channels and people that a rule names and nobody knows."""
    stores = {*existing.connections, *(name for name, _ in _entries(value, "connections"))}
    channels = {*existing.channels, *(name for name, _ in _entries(value, "channels"))}
    defaults = value.get("defaults")
    if isinstance(defaults, dict):
        yield from _unknown_channels(("defaults", "notify"), defaults.get("notify"), channels)
    for index, rule in _entries(value, "rules"):
        name = rule.get("connection")
        if isinstance(name, str) and name not in stores:
            yield ("rules", index, "connection"), _nowhere("connection", name, stores)
        yield from _unknown_channels(("rules", index, "notify"), rule.get("notify"), channels)
        for field in ("people", "owner"):
            yield from _unknown_people(("rules", index, field), rule.get(field), existing.members)


def _unknown_channels(path: Path, names: Any, channels: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in channels:
            yield (*path, index), _nowhere("channel", name, channels)


def _unknown_people(path: Path, written: Any, members: Iterable[str]) -> Iterator[tuple[Path, str]]:
    addresses = enumerate(written) if isinstance(written, list) else [(None, written)]
    for index, address in addresses:
        if isinstance(address, str) and address.lower() not in members:
            place = path if index is None else (*path, index)
            yield place, f"{path[-1]}: {no_member(address, members)}"


def no_member(address: str, members: Iterable[str]) -> str:
    """What is said of an address that no member has."""
    return f"no member of the team has the address {address!r}. {near(address, members)}".strip()


def _nowhere(noun: str, name: str, known: Iterable[str]) -> str:
    key = "notify" if noun == "channel" else noun
    return f"{key}: there is no {noun} {name!r}, neither in this file nor in the team. {near(name, known)}".strip()


def _entries(value: dict[str, Any], family: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(name or position, entry) of those entries that are mappings."""
    group = value.get(family)
    pairs = group.items() if isinstance(group, dict) else enumerate(group) if isinstance(group, list) else ()
    yield from ((key, entry) for key, entry in pairs if isinstance(entry, dict))


def _build(filled: Filled, existing: TeamSpec, folder: str) -> TeamSpec:
    value = filled.value

    def names(family: str, name: str) -> dict[str, str]:
        places = ((path, written) for path, written in filled.names.items() if path[:2] == (family, name))
        return {str(path[2]): written for path, written in places if len(path) == 3}

    stores = {
        name: store_from(name, entry, names("connections", name), folder)
        for name, entry in _entries(value, "connections")
    }
    known = {**existing.connections, **stores}
    rules = (
        rule_from(entry, defaults=value.get("defaults") or {}, engine=known[entry["connection"]].engine)
        for _, entry in _entries(value, "rules")
    )
    return TeamSpec(
        name=value["team"],
        connections=stores,
        channels={
            name: channel_from(name, entry, names("channels", name)) for name, entry in _entries(value, "channels")
        },
        rules={rule.name: rule for rule in rules},
    )


def _line(tree: Node, path: Path) -> int:
    """The line of the deepest place on `path` that exists."""
    line, node = tree.line, tree
    for part in path:
        if isinstance(node, Keys) and part in node.values:
            line, node = node.lines[str(part)], node.values[str(part)]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.values):
            node = node.values[part]
            line = node.line
        else:
            break
    return line

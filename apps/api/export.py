"""A team's configuration as YAML: the same bytes for the same configuration, whenever and wherever it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from apps.api.placeholders import escape
from apps.api.specs import ChannelSpec, RuleSpec, StoreSpec, TeamSpec
from apps.api.yaml_tree import resolve

WIDTH = 10_000_000  # no text is folded: a line in the file is a line in a difference


class _Dumper(yaml.SafeDumper):
    """Writes text so that a reader of YAML 1.1 and one of YAML 1.2 both see text."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if "\n" in value and value == value.strip() and all(map(str.isprintable, value.split("\n"))):
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|")  # a line of SQL is a line of the file
    plain = value == resolve(value) and value.isprintable()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def write(team: TeamSpec, *, sentences: Mapping[str, str]) -> str:
    """The file that wants what `team` has. `sentences`: by the name of a rule, when it alerts."""
    parts = [_dump({"version": 1, "team": escape(team.name)})]
    connections = {name: _store(store) for name, store in sorted(team.connections.items())}
    channels = {name: _channel(channel) for name, channel in sorted(team.channels.items())}
    parts += [_dump({key: group}) for key, group in (("connections", connections), ("channels", channels)) if group]
    if team.rules:
        rules = (rule_item(rule, sentences.get(name, "")) for name, rule in sorted(team.rules.items()))
        parts.append("rules:\n" + "".join(rules))
    return "\n".join(parts)


def rule_entry(rule: RuleSpec) -> dict[str, Any]:
    """A rule as a file or the API writes it, without what is so by default."""
    tables = {"include": list(rule.include)} | ({"exclude": list(rule.exclude)} if rule.exclude else {})
    entry: dict[str, Any] = {"name": rule.name, "connection": rule.connection}
    entry |= {"table": rule.table} if rule.table else {"tables": tables}
    entry |= {"kind": rule.kind, **dict(sorted(rule.settings.items()))}
    entry |= {"severity": rule.severity} if rule.severity != "medium" else {}
    entry |= {"timezone": rule.timezone} if rule.timezone != "UTC" else {}
    entry |= {"notify": sorted(rule.notify)} if rule.notify else {}
    entry |= {"people": sorted(rule.people)} if rule.people else {}
    entry |= {"owner": rule.owner} if rule.owner else {}
    entry |= {"tags": sorted(rule.tags)} if rule.tags else {}
    entry |= {"max_bytes": rule.max_bytes} if rule.max_bytes is not None else {}
    return entry | ({"paused": True} if rule.paused else {})


def _store(store: StoreSpec) -> dict[str, Any]:
    zone = {"timezone": store.timezone} if store.timezone != "UTC" else {}
    return {"engine": store.engine, **_escaped(dict(sorted(store.settings.items()))), **_secrets(store), **zone}


def _channel(channel: ChannelSpec) -> dict[str, Any]:
    return {"type": channel.type, **_escaped(dict(sorted(channel.settings.items()))), **_secrets(channel)}


def rule_item(rule: RuleSpec, sentence: str) -> str:
    """One item of a file's list of rules, under its sentence."""
    comment = f"  # {_comment(sentence)}\n" if sentence else ""
    first, *rest = _dump(_escaped(rule_entry(rule))).splitlines(keepends=True)
    return comment + f"  - {first}" + "".join(line if line == "\n" else f"    {line}" for line in rest)


def _secrets(entry: StoreSpec | ChannelSpec) -> dict[str, str]:
    return {field: f"${{{entry.secret_names[field]}}}" for field in sorted(entry.secrets) if entry.secrets[field]}


def _escaped(value: Any) -> Any:
    """Text with `${` in it made literal; keys are never filled, so they stay."""
    if isinstance(value, dict):
        return {key: _escaped(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_escaped(child) for child in value]
    return escape(value) if isinstance(value, str) else value


def _comment(sentence: str) -> str:
    """One printable line, whatever stands in the names of tables."""
    return "".join(character if character.isprintable() else "?" for character in re.sub(r"\s+", " ", sentence))


def _dump(value: dict[str, Any]) -> str:
    return yaml.dump(value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, allow_unicode=True, width=WIDTH)

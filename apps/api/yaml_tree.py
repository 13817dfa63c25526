"""YAML text as a tree of frozen values that know their lines.

Plain words mean what YAML 1.2 says: `by: 17:00`, `name: yes` and a date are text, where YAML 1.1 would make a number, a
truth value and a date of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from apps.api.problems import FileRefused, Problem
from apps.common.records import record

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 200_000  # after every alias is written out
CHARACTERS = 20  # of a text, beyond which it counts for one more
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
HINTS = {
    "mapping values are not allowed": "there is a second ':', or the indentation is off. Text with a ':' needs quotes.",
    "expected ',' or": 'a bracket or brace is not closed, or text inside needs quotes, such as "${NAME}".',
    "unexpected end of stream": "a quote that opens here is never closed.",
    "expected key": "a quote is closed too early, or the indentation is off.",
    "control characters": "there is a control character here. Remove it, or write it as an escape in double quotes.",
    "invalid Unicode character": "this escape is no character. Correct it.",
}


@record
class Leaf:
    value: str | int | float | bool | None
    line: int
    size: int = 1


@record
class Items:
    values: tuple[Node, ...]
    line: int
    size: int


@record
class Keys:
    """A mapping. `lines` tells where each key stands."""

    values: Mapping[str, Node]
    lines: Mapping[str, int]
    line: int
    size: int


Node = Leaf | Items | Keys


def parse(data: bytes, *, file: str) -> Keys:
    """Read one YAML document whose top is a mapping. Raises FileRefused."""

    def refuse(line: int, text: str) -> FileRefused:
        return FileRefused(file, [Problem(line, text)])

    text = _decode(data, refuse)
    try:
        reader = _Reader(yaml.parse(text, Loader=LOADER), refuse)
        tree = reader.document()
    except yaml.YAMLError as error:
        raise refuse(*_yaml_problem(error, text)) from error
    if reader.problems:
        raise FileRefused(file, reader.problems)
    if not isinstance(tree, Keys):
        raise refuse(tree.line, "The file must be a mapping that begins with 'version: 1' and 'team: …'.")
    return tree


def resolve(text: str) -> str | int | float | bool | None:
    """What a plain (unquoted) word means."""
    if text.lower() in WORDS and text in {text.lower(), text.upper(), text.title()}:
        return WORDS[text.lower()]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _decode(data: bytes, refuse: Callable[[int, str], FileRefused]) -> str:
    if len(data) > MAX_BYTES:
        raise refuse(1, f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read. Split it by team.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise refuse(line, "This is not UTF-8 text. Save the file in the encoding UTF-8.") from error


def _yaml_problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line and the sentence for what the YAML parser complains about."""
    if not isinstance(error, yaml.MarkedYAMLError):
        position = getattr(error, "position", 0)
        words = str(getattr(error, "reason", error))
        line = text.encode()[:position].count(b"\n") + 1
        return line, next((hint for part, hint in HINTS.items() if part in words), f"this is not YAML: {words}.")
    mark, words = error.problem_mark or error.context_mark, error.problem or ""
    line = mark.line + 1 if mark else 1
    if mark and "start any token" in words:
        first = text[mark.index : mark.index + 1]
        if first == "\t":
            return line, "a tab stands where only spaces may. Indent with spaces."
        return line, f"text that begins with {first} needs quotes."
    if "end of stream" in words and error.context_mark:
        line = error.context_mark.line + 1
    return line, next((hint for part, hint in HINTS.items() if part in words), f"this is not YAML: {words}.")


@dataclass
class _Reader:
    """Builds the tree from the parser's events: one pass, bounded in depth and in size."""

    events: Iterator[Any]
    refuse: Callable[[int, str], FileRefused]
    anchors: dict[str, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> Node:
        """The one document of the stream."""
        next(self.events)
        first = next(self.events)
        if isinstance(first, yaml.StreamEndEvent):
            raise self.refuse(1, "The file is empty. It begins with 'version: 1' and 'team: …'.")
        tree = self.node(next(self.events), 0)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.refuse(_line(after), "A second document begins here. Write one team per file.")
        return tree

    def node(self, event: Any, depth: int) -> Node:
        line = _line(event)
        if depth > MAX_DEPTH:
            raise self.refuse(line, f"This is nested more than {MAX_DEPTH} levels deep.")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self.refuse(line, f"*{event.anchor} refers to nothing above. Define &{event.anchor} first.")
            return self.anchors[event.anchor]
        if event.tag is not None:
            self.problems.append(Problem(line, f"The tag {event.tag} is not read here. Remove it."))
        node = self._built(event, line, depth)
        if node.size > MAX_NODES:
            raise self.refuse(line, f"With its aliases written out this has more than {MAX_NODES:,} values.")
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _built(self, event: Any, line: int, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            if "\0" in event.value:
                self.problems.append(Problem(line, "Text cannot hold the character NUL. Remove it."))
            # A long text counts for several: by aliases, a short file could hold it a thousand times.
            size = 1 + len(event.value) // CHARACTERS
            return Leaf(resolve(event.value) if event.implicit[0] else event.value, line, size)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(line, depth)
        return self._keys(line, depth)

    def _items(self, line: int, depth: int) -> Items:
        values: list[Node] = []
        size = 1
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self.node(event, depth + 1))
            size += values[-1].size
        return Items(tuple(values), line, size)

    def _keys(self, line: int, depth: int) -> Keys:
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        size = 1
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refuse(_line(event), "A key must be one word or a text.")
            key, key_line = event.value, _line(event)
            value = self.node(next(self.events), depth + 1)
            size += value.size
            if key in values:
                self.problems.append(
                    Problem(key_line, f"{key!r} stands here a second time; the first is in line {lines[key]}.")
                )
            values[key], lines[key] = value, key_line
        return Keys(values, lines, line, size)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1

"""`${NAME}` in a file: filled from the environment when the file is applied, written for a secret when it is exported.

`$${` stands for a literal `${`. A variable that is empty counts as not set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.api.problems import Problem
from apps.api.yaml_tree import Items, Keys, Leaf, Node
from apps.common.records import record

PLACEHOLDER = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Path = tuple[str | int, ...]


@record
class Filled:
    """Plain values with their placeholders filled. `names`: where the whole text is one placeholder, which.

    `unset` are the places that could not be filled.
    """

    value: Any
    names: Mapping[Path, str]
    problems: tuple[Problem, ...]
    unset: frozenset[Path]


def escape(text: str) -> str:
    """The text that reads back as `text`."""
    return text.replace("${", "$${")


def fill(tree: Node, *, environ: Mapping[str, str], stored: Mapping[Path, str]) -> Filled:
    """The plain values of `tree`. Where a variable is not set, a secret of `stored` stays as it is."""
    work = _Filling(environ, stored)
    value = work.value(tree, ())
    return Filled(value, work.names, tuple(work.problems), frozenset(work.unset))


@dataclass
class _Filling:
    environ: Mapping[str, str]
    stored: Mapping[Path, str]
    names: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unset: set[Path] = field(default_factory=set)

    def value(self, node: Node, path: Path) -> Any:
        if isinstance(node, Keys):
            return {key: self.value(child, (*path, key)) for key, child in node.values.items()}
        if isinstance(node, Items):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.values)]
        return self.text(node, path) if isinstance(node.value, str) else node.value

    def text(self, node: Leaf, path: Path) -> str:
        written = str(node.value)
        whole = PLACEHOLDER.fullmatch(written)
        if whole and whole[1] and NAME.fullmatch(whole[1]):
            self.names[path] = whole[1]
            if not self.environ.get(whole[1]) and path in self.stored:
                return self.stored[path]
        return PLACEHOLDER.sub(lambda match: self.one(match, node.line, path), written)

    def one(self, match: re.Match[str], line: int, path: Path) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1]
        if not NAME.fullmatch(name) or not match[0].endswith("}"):
            self.refuse(line, path, f"{match[0]!r} is no placeholder. Write ${{NAME}}, or $${{ for a plain ${{.")
        elif not self.environ.get(name):
            self.refuse(line, path, f"{path[-1]}: the environment variable {name} is not set. Set it and apply again.")
        return self.environ.get(name, "") or match[0]

    def refuse(self, line: int, path: Path, text: str) -> None:
        self.problems.append(Problem(line, text))
        self.unset.add(path)

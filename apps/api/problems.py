"""What is wrong with a file, line by line, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apps.common.errors import InvalidInput

LISTED = 20


class Problem(NamedTuple):
    """One thing that is wrong, and the line where it stands (from 1)."""

    line: int
    text: str


class FileRefused(InvalidInput):
    """A file that cannot be applied, with everything that is wrong in it. Nothing was changed."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(dict.fromkeys(problems)))
        lines = [f"{file}, line {problem.line}: {problem.text}" for problem in self.problems[:LISTED]]
        if len(self.problems) > LISTED:
            lines.append(f"… and {len(self.problems) - LISTED:,} more.")
        super().__init__("\n".join(lines))

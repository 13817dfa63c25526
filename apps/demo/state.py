"""What is broken in the demo at present: a small file beside the warehouse, which the loader and the commands read.

It is written only by whoever has the warehouse open for writing, so two writers never meet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


def broken_in(folder: Path) -> dict[str, datetime]:
    """Since when each break is in force, by its name."""
    try:
        noted = json.loads(_file_in(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {name: datetime.fromisoformat(since) for name, since in noted.items()}


def note_broken(folder: Path, broken: Mapping[str, datetime]) -> None:
    """Replace the note in one step, so that a reader never finds half of it."""
    unfinished = folder / "broken.json.unfinished"
    unfinished.write_text(json.dumps({name: since.isoformat() for name, since in broken.items()}), encoding="utf-8")
    unfinished.replace(_file_in(folder))


def _file_in(folder: Path) -> Path:
    return folder / "broken.json"

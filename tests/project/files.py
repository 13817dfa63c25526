"""The files of the project as git would take them, for the tests that read them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Without git (an unpacked archive), these hold nothing that was written for the project.
FOREIGN = {".venv", "var", "staticfiles", "__pycache__", ".git", "test-results", "node_modules"}


@cache
def project_files() -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored, as paths relative to ROOT."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")  # noqa: S603
        paths = {Path(name) for name in listed if name}
    else:
        paths = {path.relative_to(ROOT) for path in ROOT.rglob("*") if not FOREIGN & set(path.parts)}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def python_files(*folders: str) -> list[Path]:
    """Python files under the folders, migrations left out."""
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and path.parts[0] in folders and "migrations" not in path.parts
    ]


def text_of(path: Path) -> str:
    """The text of a file; empty when it is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""

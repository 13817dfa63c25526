"""Who may import whom. import-linter keeps the layers; that apps are entered by their doors alone is kept here."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.files import ROOT, python_files, text_of

DOORS = {"models", "services"}
# Permissions, and the bases of admin pages that ask them, are the business of every app with pages; checks enter alerts
# by a door of their own, behind which little is loaded.
MORE_DOORS = {
    "teams": {"permissions", "adminsite", "driveradmin", "history"},
    "alerts": {"reports"},
    "summaries": {"texts"},
}


def imports(path: Path, text: str) -> Iterator[str]:
    """The full dotted name of everything that a file imports from apps."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("apps."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "apps":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def passes_by_the_door(path: Path, name: str) -> bool:
    own, (other, part) = path.parts[1], name.split(".")[1:3]
    if own == other or other == "common":
        return False
    return part not in DOORS | MORE_DOORS.get(other, set())


def test_no_app_passes_by_the_door_of_another() -> None:
    found = [
        f"{path} imports {name}"
        for path in python_files("apps")
        for name in imports(path, text_of(path))
        if passes_by_the_door(path, name)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("from apps.alerts.models import Channel", False),
        ("from apps.alerts.services import report", False),
        ("from apps.alerts.outbox import claim_next", True),
        ("import apps.alerts.outbox", True),
        ("from apps.alerts import outbox", True),
        ("from apps.rules.due import claim_due", False),
        ("from apps.common.claim import free", False),
        ("from apps.teams.permissions import Act", False),
    ],
)
def test_the_door_is_told_from_the_wall(line: str, refused: bool) -> None:
    path = Path("apps/rules/example.py")
    assert [passes_by_the_door(path, name) for name in imports(path, line)] == [refused]


def test_every_contract_of_the_layers_holds() -> None:
    # In a process of its own, because import-linter sets up logging for its own ends.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stdout

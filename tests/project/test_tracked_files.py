"""What must not stand in any file of the project."""

import re
from pathlib import Path

import pytest

from tests.project.files import project_files, text_of

TEXTS = {path: text_of(path) for path in project_files() if path.suffix != ".svg"}
# Written in halves, so that this file does not hold what it looks for.
FORBIDDEN = {
    "an address of a package index": r"py" r"pi\.org|python" r"hosted\.org|npm" r"js\.(org|com)|index" r"-url",
    "a path of one machine": r"/(wor" r"k|roo" r"t|ho" r"me/\w+|Use" r"rs/\w+)/",
    "work that was put off": r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b",
}


@pytest.mark.parametrize(("what", "pattern"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_no_file_holds(what: str, pattern: str) -> None:
    found = [f"{path}: {match[0]}" for path, text in TEXTS.items() for match in re.finditer(pattern, text)]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = TEXTS[Path(lock)]
    assert "://" not in text
    pins = re.findall(r"^[\w.\-\[\],]+==", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[\w.\-\[\],]+==.*?(?:\\\n.*?--hash=sha256:\w{64})", text, re.MULTILINE))

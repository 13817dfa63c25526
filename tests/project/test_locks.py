"""The locks hold what pyproject.toml asks for."""

import re
import tomllib

import pytest

from tests.project.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
DEVELOPMENT: list[str] = PROJECT["dependency-groups"]["dev"]


def name_of(requirement: str) -> str:
    """`psycopg[binary]>=3.2` → `psycopg`, in the spelling that locks use."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def pinned(lock: str) -> set[str]:
    return {name_of(line) for line in (ROOT / lock).read_text().splitlines() if re.match(r"\w.*==", line)}


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("requirements.lock", RUNTIME), ("requirements-dev.lock", RUNTIME + DEVELOPMENT)],
    ids=["runtime", "development"],
)
def test_everything_asked_for_is_pinned(lock: str, wanted: list[str]) -> None:
    assert {name_of(requirement) for requirement in wanted} - pinned(lock) == set()


def test_the_runtime_lock_holds_no_tools_of_development() -> None:
    assert {name_of(requirement) for requirement in DEVELOPMENT} & pinned("requirements.lock") == set()


def test_both_locks_agree_on_versions() -> None:
    pins = [re.findall(r"^[\w.\-\[\],]+==\S+", (ROOT / lock).read_text(), re.MULTILINE) for lock in
            ("requirements.lock", "requirements-dev.lock")]  # fmt: skip
    assert set(pins[0]) - set(pins[1]) == set()

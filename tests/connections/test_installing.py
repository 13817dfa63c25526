"""What an engine's extra is, and that the line which installs it can be run as it stands."""

from __future__ import annotations

import os
import shlex
import subprocess
import tomllib

import pytest

from apps.connections.engines import ENGINES
from apps.connections.engines.contract import missing
from tests.project.files import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("key", sorted(ENGINES))
def test_what_an_engine_needs_is_the_extra_of_its_key(key: str) -> None:
    driver = ENGINES[key]
    assert list(driver.requirements) == EXTRAS.get(key, [])
    assert key in EXTRAS or not driver.sdk


def test_an_engine_whose_package_is_there_needs_nothing() -> None:
    assert missing(ENGINES["mysql"]) == ""


def test_the_line_runs_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENGINES["mysql"], "sdk", "a_package_that_is_not_here")
    line = shlex.split(missing(ENGINES["mysql"]))
    # Without an index pip can only say that the requirement is met, which takes the line as a shell would give it.
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | {"PIP_NO_INDEX": "1"})  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert "Requirement already satisfied: pymysql>=1.2" in done.stdout

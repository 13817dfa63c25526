"""One house for all stories; each begins anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.house import House, housed

LOG_END = 4_000


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("house")
    with housed(home) as house:
        yield house


@pytest.fixture
def house(built: House) -> Iterator[House]:
    built.forget()
    yield built
    built.kill(*built.running)
    for log in sorted(built.home.glob("*.log")):  # shown when the story ended badly
        text = log.read_text(encoding="utf-8", errors="replace")
        sys.stdout.write(f"--- {log.name}\n{text[-LOG_END:]}\n")

"""A shop for each test: copies of one warehouse, which takes less time than making each anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from apps.demo import warehouse
from tests.demo.shop import NOW


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse as it is made. For reading only."""
    folder = tmp_path_factory.mktemp("made")
    warehouse.ensure(folder, now=NOW)
    return folder


@pytest.fixture
def shop(made_shop: Path, tmp_path: Path) -> Path:
    """A warehouse of the test's own."""
    return Path(shutil.copytree(made_shop, tmp_path / "demo"))


@pytest.fixture
def same_shop(made_shop: Path, tmp_path: Path) -> Path:
    """A second one, to compare with."""
    return Path(shutil.copytree(made_shop, tmp_path / "same"))

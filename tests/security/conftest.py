"""The world of the pages, with the people in it: attacks use the addresses that people use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pages.conftest import World, sign_in, store, world
from tests.pages.everything import make_everything

__all__ = ["sign_in", "store", "world"]


@pytest.fixture
def values(world: World, settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """What stands for each parameter of an address."""
    settings.EMAIL_OUTBOX = tmp_path / "outbox"
    return make_everything(world)


@pytest.fixture
def root(sign_in: Callable[..., Client]) -> Client:
    """A superuser: nothing is refused for the sake of a role."""
    return sign_in(None, superuser=True)

"""What is proposed is kept for some minutes: none of it is for the next test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.rules.feedback.proposing import KEEPER


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    KEEPER.clear()
    yield
    KEEPER.clear()

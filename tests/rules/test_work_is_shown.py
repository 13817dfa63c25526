"""The tick and each batch leave a heartbeat: what shows that somebody does the checking."""

from __future__ import annotations

import pytest

from apps.alerts.services import last_worked
from apps.rules.tasks import check_batch, tick

pytestmark = pytest.mark.django_db


def test_a_tick_shows_that_the_scheduler_works() -> None:
    tick()
    assert set(last_worked()) == {"beat"}


def test_a_batch_shows_that_the_worker_works() -> None:
    check_batch(1, "no such token")
    assert set(last_worked()) == {"worker"}

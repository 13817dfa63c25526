from __future__ import annotations

from datetime import timedelta

import pytest

from apps.alerts.outbox.retry import next_attempt, plan_for
from tests.alerts.conftest import NOW


def waits(severity: str, *, is_test: bool = False) -> list[float]:
    """The seconds before each further attempt, until the plan is used up."""
    plan = plan_for(severity=severity, is_test=is_test)
    found: list[float] = []
    while again := next_attempt(plan=plan, attempts=len(found) + 1, key="key", now=NOW):
        found.append((again - NOW).total_seconds())
    return found


@pytest.mark.parametrize(
    ("severity", "is_test", "expected"),
    [
        ("critical", False, [5, 20, 60, 120, 600, 1800, 7200, 21600]),
        ("high", False, [30, 120, 600, 1800, 7200, 21600]),
        ("low", False, [30, 120, 600, 1800, 7200, 21600]),
        ("low", True, [5, 20, 60]),
    ],
)
def test_the_waits_grow_and_a_critical_message_is_tried_quickly_first(
    severity: str, is_test: bool, expected: list[int]
) -> None:
    found = waits(severity, is_test=is_test)
    assert len(found) == len(expected)
    assert all(wait <= got <= wait * 1.2 for wait, got in zip(expected, found, strict=True))


def test_different_deliveries_spread_out() -> None:
    plan = plan_for(severity="high", is_test=False)
    assert len({next_attempt(plan=plan, attempts=1, key=f"key {number}", now=NOW) for number in range(20)}) > 15


@pytest.mark.parametrize(("asked", "wait"), [(300.0, 300.0), (10**9, 21_600.0)])
def test_what_the_receiver_asks_for_lengthens_the_wait_up_to_six_hours(asked: float, wait: float) -> None:
    plan = plan_for(severity="high", is_test=False)
    assert next_attempt(plan=plan, attempts=1, key="", now=NOW, retry_after=asked) == NOW + timedelta(seconds=wait)


def test_what_the_receiver_asks_for_never_shortens_the_wait() -> None:
    plan = plan_for(severity="high", is_test=False)
    again = next_attempt(plan=plan, attempts=1, key="", now=NOW, retry_after=1.0)
    assert again is not None
    assert again >= NOW + timedelta(seconds=30)

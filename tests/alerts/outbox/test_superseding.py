"""Which unsent messages are still needed."""

from __future__ import annotations

import pytest

from apps.alerts.outbox.superseding import Settlement, Unsent, settle


def settled(*kinds: str) -> Settlement:
    return settle([Unsent(number, kind) for number, kind in enumerate(kinds, 1)])


@pytest.mark.parametrize(
    ("kinds", "send", "facts_of", "dropped", "combined"),
    [
        (["opened"], 1, 1, (), False),
        (["opened", "changed"], 1, 2, (2,), False),
        (["opened", "changed", "reminder"], 1, 3, (2, 3), False),
        (["opened", "resolved"], 2, 2, (1,), True),
        (["opened", "changed", "resolved"], 3, 3, (1, 2), True),
        (["changed", "resolved"], 2, 2, (1,), False),
        (["changed", "changed"], 2, 2, (1,), False),
        (["changed", "reminder"], 2, 2, (1,), False),
        (["resolved", "reopened"], 2, 2, (1,), False),
        (["opened", "resolved", "reopened"], 3, 3, (1, 2), False),
        (["opened", "resolved", "reopened", "resolved"], 4, 4, (1, 2, 3), True),
        (["opened", "escalated", "changed"], 2, 3, (1, 3), False),
        (["resolved", "changed"], 1, 1, (), False),
    ],
)
def test_a_newer_message_makes_older_ones_needless(
    kinds: list[str], send: int, facts_of: int, dropped: tuple[int, ...], combined: bool
) -> None:
    assert settled(*kinds) == Settlement(send, facts_of, dropped, combined)


def test_messages_of_other_kinds_are_left_alone() -> None:
    assert settled("test", "resolved") == Settlement(1, 1)
    assert settled("opened", "rollup", "resolved") == Settlement(1, 1)

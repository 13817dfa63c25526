"""Changes as sentences."""

from __future__ import annotations

import pytest

from apps.changes.audit.wording import Change, sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("settings: drop", "30%", "20%"), "lowered the drop limit of “Orders volume” from 30 % to 20 %"),
        (Change("settings: every", "15m", "1h"), "changed the interval of “Orders volume” from 15m to 1h"),
        (Change("settings: every", "15m", "30m"), "raised the interval of “Orders volume” from 15m to 30m"),
        (Change("paused", "no", "yes"), "paused “Orders volume”"),
        (Change("notify", "none", "ops-mail"), "set the channels of “Orders volume” to ops-mail"),
        (Change("settings: where", "country = 'DE'", "empty"),
         "removed the where of “Orders volume”, which was country = 'DE'"),
    ],
)  # fmt: skip
def test_a_change_of_one_field(change: Change, words: str) -> None:
    assert sentence("Maria", "changed", "rule", "Orders volume", [change]) == f"Maria {words}."


def test_several_fields_are_joined_and_the_rest_is_counted() -> None:
    changes = [Change(name, "1", "2") for name in ("a", "b", "c", "d", "e")]
    text = sentence("Maria", "changed", "rule", "R", changes)
    assert text == (
        "Maria raised the a of “R” from 1 to 2, raised the b of “R” from 1 to 2, raised the c of “R” from 1 to 2 "
        "and changed 2 more of its settings."
    )


def test_added_and_deleted_need_no_fields() -> None:
    assert sentence("Maria", "added", "rule", "Orders volume") == "Maria added the rule “Orders volume”."

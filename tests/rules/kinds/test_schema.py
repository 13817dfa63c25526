"""Schema: removed columns and changed types alert until they are back or accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.services import Column
from apps.rules.kinds.contract import Judgement
from tests.rules.kinds.watching import Contents, Watching, utc, watch

NOW = utc("2026-03-04 12:00")
AFTER = NOW + timedelta(minutes=10)
ID, TOTAL, NOTE = Column("id", "BIGINT"), Column("total", "INTEGER"), Column("note", "VARCHAR")
TOTAL_AS_TEXT, AMOUNT = Column("total", "VARCHAR"), Column("amount", "INTEGER")


def having(*columns: Column) -> Contents:
    return Contents(columns=columns)


def watched(*, ignore_added: bool = True) -> Watching:
    rule = watch("schema", ignore_added=ignore_added)
    rule.check(NOW, having(ID, TOTAL))
    return rule


def judged(*columns: Column) -> Judgement:
    return watched().check(AFTER, having(*columns))


def test_the_first_look_remembers_the_columns() -> None:
    judgement = watch("schema").check(NOW, having(ID, TOTAL))
    assert (judgement.verdict, judgement.measured) == ("learning", 2.0)
    assert judgement.memory["columns"] == [["id", "BIGINT"], ["total", "INTEGER"]]


def test_the_same_columns_in_another_order_are_fine() -> None:
    judgement = judged(TOTAL, ID)
    assert (judgement.verdict, judgement.reason, judgement.facts) == ("ok", "", {})


def test_an_added_column_is_noted_and_taken_in() -> None:
    rule = watched()
    added = rule.check(AFTER, having(ID, TOTAL, NOTE))
    assert (added.verdict, added.reason) == ("ok", "Added: note (VARCHAR).")
    assert added.facts["added"] == [["note", "VARCHAR"]]
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "breached"


def test_a_removed_column_alerts() -> None:
    judgement = judged(ID)
    assert (judgement.verdict, judgement.reason) == ("breached", "Removed: total.")
    assert judgement.facts == {
        "situation": "schema",
        "reason": "",
        "added": [],
        "removed": [["total", "INTEGER"]],
        "renamed": [],
        "changed": [],
    }


def test_a_changed_type_alerts() -> None:
    judgement = judged(ID, TOTAL_AS_TEXT)
    assert (judgement.verdict, judgement.reason) == ("breached", "Changed: total (from INTEGER to VARCHAR).")
    assert judgement.facts["changed"] == [["total", "INTEGER", "VARCHAR"]]


def test_another_name_in_the_place_of_a_column_of_the_same_type_is_a_renaming() -> None:
    judgement = judged(ID, AMOUNT)
    assert (judgement.verdict, judgement.reason) == ("breached", "Renamed: total to amount.")
    assert judgement.facts["renamed"] == [["total", "amount"]]


def test_another_name_elsewhere_is_a_removed_and_an_added_column() -> None:
    assert judged(AMOUNT, ID).reason == "Removed: total; added: amount (INTEGER)."


def test_a_wider_type_alerts_unless_it_is_ignored() -> None:
    wider = having(ID, Column("total", "BIGINT"))
    assert watched().check(AFTER, wider).reason == "Widened: total (from INTEGER to BIGINT)."
    rule = watch("schema", ignore_widened=True)
    rule.check(NOW, having(ID, TOTAL))
    assert rule.check(AFTER, wider).verdict == "ok"
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "breached"


DECLARED = ["id bigint", "total  integer", "note"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ([ID, TOTAL, NOTE], ""),
        ([NOTE, TOTAL, ID], ""),
        ([ID, TOTAL], "Removed: note."),
        ([ID, TOTAL_AS_TEXT, NOTE], "Changed: total (from integer to VARCHAR)."),
    ],
)
def test_declared_columns_are_held_against_from_the_first_check_on(columns: list[Column], reason: str) -> None:
    judgement = watch("schema", columns=DECLARED).check(NOW, having(*columns))
    assert (judgement.verdict, judgement.reason) == ("breached" if reason else "ok", reason)


def test_declared_columns_stay_what_they_are_when_others_were_seen() -> None:
    rule = watch("schema", columns=DECLARED)
    for _ in range(3):
        assert rule.check(NOW, having(ID)).verdict == "breached"
    assert rule.check(AFTER, having(ID, TOTAL, NOTE)).verdict == "ok"


def test_what_a_person_accepted_beside_the_declaration_is_fine_until_it_changes_again() -> None:
    rule = watch("schema", columns=DECLARED)
    rule.check(NOW, having(ID, TOTAL))
    assert rule.check(AFTER, having(ID, TOTAL), accepted=True).verdict == "ok"
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "ok"
    assert rule.check(AFTER, having(ID)).verdict == "breached"


def test_a_column_is_declared_once() -> None:
    with pytest.raises(Exception, match="declared twice"):
        watch("schema", columns=["id", "id int"])


@pytest.mark.parametrize("broken", [having(ID), having(ID, TOTAL_AS_TEXT), having(ID, AMOUNT), having()])
def test_a_breach_lasts_until_the_columns_are_back(broken: Contents) -> None:
    rule = watched()
    assert [rule.check(AFTER, broken).verdict for _ in range(3)] == ["breached"] * 3
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "ok"


def test_a_column_added_during_a_breach_stays_watched_after_it() -> None:
    rule = watched()
    rule.check(AFTER, having(ID, NOTE))
    assert rule.check(AFTER, having(ID, TOTAL, NOTE)).verdict == "ok"
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "breached"


def test_a_closed_incident_accepts_the_columns_that_are_there() -> None:
    rule = watched()
    rule.check(AFTER, having(ID))
    assert rule.check(AFTER, having(ID), accepted=True).verdict == "ok"
    assert rule.check(AFTER, having(ID)).facts == {}


def test_nothing_is_listed_where_the_store_marks_columns_and_nothing_was_written() -> None:
    rule = watched()
    told: dict[str, Any] = {"unwritten": True, "marks_columns": True}
    assert rule.check(AFTER, **told).verdict == "ok"
    assert rule.asked == ()
    rule.check(AFTER, having(ID))
    assert rule.check(AFTER, **told).verdict == "breached"
    assert rule.check(AFTER, accepted=True, **told).verdict == "ok"
    assert rule.asked == ()


@pytest.mark.parametrize("told", [{"unwritten": True}, {"marks_columns": True}, {}])
def test_columns_are_listed_wherever_they_may_have_changed(told: dict[str, Any]) -> None:
    rule = watched()
    assert rule.check(AFTER, having(ID), **told).verdict == "breached"


def test_memory_that_does_not_say_what_was_seen_is_not_relied_on() -> None:
    rule = watch("schema")
    rule.memory = {"columns": [["id", "BIGINT"], ["total", "INTEGER"]]}
    assert rule.check(AFTER, having(ID), unwritten=True, marks_columns=True).verdict == "breached"


def test_added_columns_alert_when_that_is_asked_for() -> None:
    rule = watched(ignore_added=False)
    assert [rule.check(AFTER, having(ID, TOTAL, NOTE)).verdict for _ in range(2)] == ["breached", "breached"]
    assert rule.check(AFTER, having(ID, TOTAL)).verdict == "ok"


@pytest.mark.parametrize(
    ("ignore_added", "sentence"),
    [
        (True, "Alerts if a column of main.orders is removed, renamed or changes its type."),
        (False, "Alerts if a column of main.orders is added, removed or renamed, or changes its type."),
    ],
)
def test_the_sentence(*, ignore_added: bool, sentence: str) -> None:
    assert watch("schema", ignore_added=ignore_added).sentence == sentence

"""What people say of a rule's findings, from the first word to what the next check makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.rules.models import Check, Feedback, Rule, RuleState
from apps.rules.services import (
    Said,
    feedback_of,
    give_feedback,
    learned_limits_of,
    set_learned,
    take_back_feedback,
)
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

Verdicts = Callable[[], dict[str, str]]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YESTERDAY = NIGHT.replace(hour=0) - DAY


def fill(shop: Shop, *rows: int) -> None:
    """Orders of as many days as given, the last of which is yesterday; and one of today."""
    for back, count in enumerate(reversed(rows)):
        shop.order(YESTERDAY - DAY * back + 12 * HOUR, rows=count)
    shop.order(NIGHT - HOUR)


def say(rule: Rule, meaning: str, begins: datetime, ends: datetime, clock: Clock) -> Feedback:
    return give_feedback(
        rule=rule, table="main.orders", said=Said(meaning, begins, ends), user=None, by_name="Ada", now=clock()
    )


@pytest.fixture
def drop(shop: Shop, make_rule: RuleMaker, verdicts: Verdicts) -> Rule:
    """A rule that found yesterday's drop."""
    fill(shop, *[100] * 20, 20)
    rule = make_rule("volume", column="created_at")
    assert verdicts() == {"main.orders": "breached"}
    return rule


@pytest.mark.parametrize("meaning", ["expected", "false_alarm", "ignore"])
def test_an_excused_day_ends_the_incident_and_says_why(
    drop: Rule, verdicts: Verdicts, clock: Clock, meaning: str
) -> None:
    say(drop, meaning, YESTERDAY, YESTERDAY + DAY, clock)
    clock.forward(seconds=1)
    assert verdicts() == {"main.orders": "ok"}
    assert Incident.objects.get().status == "resolved"
    assert "Not alerting: a person said" in Check.objects.latest("at").reason


def test_of_an_excused_day_nobody_hears_that_the_data_is_back(drop: Rule, verdicts: Verdicts, clock: Clock) -> None:
    say(drop, "false_alarm", YESTERDAY, YESTERDAY + DAY, clock)
    clock.forward(seconds=1)
    verdicts()
    told = Incident.objects.get().timeline.filter(kind="resolved").latest("pk").text
    assert told.startswith("A person said that this was a false alarm. So the incident about main.orders was closed")


def test_what_ends_after_an_excuse_was_taken_back_is_told_as_ever(
    drop: Rule, shop: Shop, verdicts: Verdicts, clock: Clock
) -> None:
    given = say(drop, "expected", YESTERDAY, YESTERDAY + DAY, clock)
    verdicts()
    take_back_feedback(feedback=given, by_name="Ada", now=clock())
    verdicts()
    shop.order(YESTERDAY + 13 * HOUR, rows=80)
    clock.forward(seconds=1)
    verdicts()
    assert Incident.objects.get().timeline.filter(kind="resolved").latest("pk").text.startswith("The data is back: ")


def test_of_columns_the_new_normal_is_accepted_and_told_as_such(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    rule = make_rule("schema")
    verdicts()
    shop.write("ALTER TABLE orders DROP COLUMN updated_at")
    clock.forward(minutes=10)
    assert verdicts() == {"main.orders": "breached"}
    say(rule, "new_normal", clock(), clock() + HOUR, clock)
    clock.forward(seconds=1)
    assert verdicts() == {"main.orders": "ok"}
    told = Incident.objects.get().timeline.filter(kind="resolved").latest("pk").text
    assert told.startswith("A person said that this is the new normal. So the incident about main.orders was closed")


def test_an_older_new_normal_accepts_no_later_breach(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    rule = make_rule("schema")
    verdicts()
    say(rule, "new_normal", clock() - HOUR, clock(), clock)
    clock.forward(minutes=10)
    shop.write("ALTER TABLE orders DROP COLUMN updated_at")
    assert verdicts() == {"main.orders": "breached"}
    assert verdicts() == {"main.orders": "breached"}


@pytest.mark.parametrize("kind", ["schema", "volume"])
def test_a_new_normal_that_is_taken_back_is_none_any_more(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock, kind: str
) -> None:
    fill(shop, 100, 100)
    rule = make_rule(kind)
    verdicts()
    shop.write("ALTER TABLE orders DROP COLUMN updated_at", "DELETE FROM orders WHERE id > 10")
    clock.forward(hours=2)
    assert verdicts() == {"main.orders": "breached"}
    given = say(rule, "new_normal", clock() - HOUR, clock(), clock)
    clock.forward(minutes=20)
    assert verdicts() == {"main.orders": "ok"}
    take_back_feedback(feedback=given, by_name="Ada", now=clock())
    clock.forward(seconds=1)
    assert verdicts() == {"main.orders": "breached"}


def test_an_older_new_normal_that_is_taken_back_leaves_the_newer_one_alone(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    fill(shop, 100, 100)
    rule = make_rule("volume")
    verdicts()
    given = []
    for least in (60, 20):
        shop.write(f"DELETE FROM orders WHERE id > {least}")
        clock.forward(hours=2)
        assert verdicts() == {"main.orders": "breached"}
        given.append(say(rule, "new_normal", clock() - HOUR, clock(), clock))
        clock.forward(minutes=20)
        assert verdicts() == {"main.orders": "ok"}
    take_back_feedback(feedback=given[0], by_name="Ada", now=clock())
    clock.forward(seconds=1)
    assert verdicts() == {"main.orders": "ok"}


def test_taken_back_it_counts_no_more(drop: Rule, verdicts: Verdicts, clock: Clock) -> None:
    given = say(drop, "expected", YESTERDAY, YESTERDAY + DAY, clock)
    verdicts()
    take_back_feedback(feedback=given, by_name="Ada", now=clock())
    assert verdicts() == {"main.orders": "breached"}
    given.refresh_from_db()
    assert (given.taken_back_by, feedback_of(drop).count()) == ("Ada", 1)
    with pytest.raises(InvalidInput, match="already"):
        take_back_feedback(feedback=given, by_name="Ada", now=clock())


def test_a_missed_alert_excuses_nothing(drop: Rule, verdicts: Verdicts, clock: Clock) -> None:
    say(drop, "missed", YESTERDAY, YESTERDAY + DAY, clock)
    assert verdicts() == {"main.orders": "breached"}


def test_a_new_normal_is_learned_from_its_first_day(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    fill(shop, *[100] * 20, 20, 20, 20, 20, 20)
    rule = make_rule("volume", column="created_at")
    assert verdicts() == {"main.orders": "breached"}
    say(rule, "new_normal", YESTERDAY - 4 * DAY, YESTERDAY - 3 * DAY, clock)
    clock.forward(seconds=1)
    assert verdicts() == {"main.orders": "ok"}
    assert Check.objects.latest("at").low == 16


def test_a_late_table_may_be_late_until_the_end_of_what_was_said(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - 2 * HOUR)
    rule = make_rule(every="1h", tolerance="10m", column="updated_at")
    assert verdicts() == {"main.orders": "breached"}
    say(rule, "expected", NIGHT, NIGHT + 2 * HOUR, clock)
    clock.forward(hours=1)
    assert verdicts() == {"main.orders": "ok"}
    clock.forward(hours=1)
    assert verdicts() == {"main.orders": "breached"}


def test_the_next_check_is_due_at_once(drop: Rule, clock: Clock) -> None:
    RuleState.objects.update(next_check_at=NIGHT + HOUR)
    say(drop, "expected", YESTERDAY, YESTERDAY + DAY, clock)
    assert RuleState.objects.get().next_check_at == NIGHT


@pytest.mark.parametrize(("said", "field"), [
    ({"meaning": "nonsense"}, "meaning"), ({"ends": YESTERDAY}, "ends"), ({"begins": YESTERDAY - 500 * DAY}, "ends"),
    ({"meaning": "missed", "begins": NIGHT + HOUR, "ends": NIGHT + 2 * HOUR}, "begins"),
    ({"ends": NIGHT + 40 * DAY}, "ends"), ({"note": "x" * 501}, "note"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(drop: Rule, clock: Clock, said: dict[str, Any], field: str) -> None:
    values = {"meaning": "expected", "begins": YESTERDAY, "ends": YESTERDAY + DAY, **said}
    with pytest.raises(InvalidInput) as refusal:
        give_feedback(rule=drop, table="", said=Said(**values), user=None, by_name="Ada", now=clock())
    assert refusal.value.field == field
    assert not Feedback.objects.exists()


def test_another_table_is_refused_by_name(drop: Rule, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match=r"Did you mean main\.orders"):
        give_feedback(
            rule=drop, table="main.order", said=Said("expected", YESTERDAY, YESTERDAY + DAY), user=None, by_name="Ada",
            now=clock(),
        )  # fmt: skip


def test_what_was_said_of_many_tables_is_read_in_one_query(
    drop: Rule, shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.write(*[f"CREATE TABLE more_{number} (id BIGINT)" for number in range(5)])
    make_rule("volume", name="All", include=("main.*",))
    say(drop, "expected", YESTERDAY, YESTERDAY + DAY, clock)
    verdicts()
    with CaptureQueriesContext(connection) as asked:
        assert len(verdicts()) == 7
    assert len([query for query in asked.captured_queries if "rules_feedback" in query["sql"]]) == 1


# Learned limits, chosen and read.


def test_what_is_learned_is_told_from_what_was_stored(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    fill(shop, *[100] * 40, 20)
    rule = make_rule("volume", column="created_at", baseline="60d")
    verdicts()
    limits = learned_limits_of(rule=rule, table="", now=clock())
    assert limits
    assert limits.how == "beside"
    assert limits.band.reading
    assert limits.band.reading.alarmed
    assert limits.band.reading.expected == pytest.approx(100, rel=0.1)


def test_combining_is_one_change_of_the_rule_and_forgets_nothing(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    fill(shop, *[100] * 40, 20)
    rule = make_rule("volume", column="created_at", drop="95%")
    assert verdicts() == {"main.orders": "ok"}
    remembered, changes = RuleState.objects.get().memory, rule.history.count()
    set_learned(rule=rule, how="also", now=clock())
    assert RuleState.objects.get().memory == remembered
    assert rule.history.count() == changes + 1
    assert verdicts() == {"main.orders": "breached"}
    set_learned(rule=rule, how="beside", now=clock())
    assert verdicts() == {"main.orders": "ok"}
    assert Rule.objects.get().settings == {"column": "created_at", "drop": "95%"}


def test_choosing_what_is_chosen_changes_nothing(drop: Rule, clock: Clock) -> None:
    changes = drop.history.count()
    set_learned(rule=drop, how="beside", now=clock())
    assert drop.history.count() == changes


def test_a_kind_that_learns_nothing_says_so(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule("schema")
    assert learned_limits_of(rule=rule, table="", now=clock()) is None
    with pytest.raises(InvalidInput):
        set_learned(rule=rule, how="also", now=clock())
    with pytest.raises(InvalidInput, match="beside"):
        set_learned(rule=rule, how="maybe", now=clock())


def test_a_total_learns_from_its_stored_history_when_it_is_combined(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT, rows=10_000)
    rule = make_rule("volume")
    for _ in range(12):
        verdicts()
        clock.forward(days=1)
        shop.order(clock(), rows=100)
    shop.write("DELETE FROM orders WHERE id < 800")
    assert verdicts() == {"main.orders": "ok"}
    set_learned(rule=rule, how="also", now=clock())
    assert verdicts() == {"main.orders": "breached"}

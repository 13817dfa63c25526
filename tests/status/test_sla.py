"""What counts as down, from what is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.alerts.models import TimelineEntry
from apps.connections.models import Connection
from apps.rules.models import Feedback, Rule, RuleState
from apps.status.models import StatusPage
from tests.status.conftest import FIRST, HOUR, NOW, down, incident, line, product, watch

pytestmark = pytest.mark.django_db
EARLY = NOW - 20 * HOUR


@pytest.fixture
def rule(connection: Connection, status_page: StatusPage) -> Rule:
    rule = watch(connection, "main.orders", tags=["orders"])
    product(status_page, "Orders", rule)
    return rule


def test_troubles_at_the_same_time_count_once(rule: Rule, connection: Connection, status_page: StatusPage) -> None:
    other = watch(connection, "main.orders", kind="volume")
    status_page.products.get().rules.add(other)
    incident(rule, EARLY, EARLY + 2 * HOUR)
    incident(other, EARLY + HOUR, EARLY + 3 * HOUR)
    assert down(status_page) == 3 * HOUR


def test_what_lasts_counts_until_now(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, NOW - 4 * HOUR)
    assert down(status_page) == 4 * HOUR


def test_one_that_came_back_does_not_count_in_between(rule: Rule, status_page: StatusPage) -> None:
    row = incident(rule, EARLY, EARLY + 9 * HOUR, reopened=1)
    lines = (("detected", 0), ("resolved", 1), ("reopened", 6), ("resolved", 9))
    for kind, hour in lines:
        TimelineEntry.objects.create(incident=row, at=EARLY + hour * HOUR, kind=kind, text=kind)
    assert down(status_page) == 4 * HOUR


def test_a_part_of_another_incident_counts_by_its_own_times(rule: Rule, status_page: StatusPage) -> None:
    lead = incident(rule, EARLY, EARLY + HOUR)
    incident(rule, EARLY + 3 * HOUR, EARLY + 4 * HOUR, merged_into=lead, merged_as="table")
    assert down(status_page) == 2 * HOUR


def test_a_lead_that_waits_for_its_parts_is_over_for_itself(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, EARLY, None, over_at=EARLY + HOUR)
    assert down(status_page) == HOUR
    assert line(status_page).product.state == "ok"


@pytest.mark.parametrize(
    ("outcome", "hours"), [("false_alarm", 0), ("expected", 0), ("real", 5), ("duplicate", 5), ("wont_fix", 5)]
)
def test_what_people_said_decides_whether_it_counts(
    rule: Rule, status_page: StatusPage, outcome: str, hours: int
) -> None:
    incident(rule, EARLY, EARLY + 5 * HOUR, outcome=outcome)
    assert down(status_page) == hours * HOUR


def test_a_time_that_was_called_expected_is_left_out(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, EARLY, EARLY + 5 * HOUR)
    said = Feedback.objects.create(
        state=RuleState.objects.get(rule=rule), meaning="expected", begins=EARLY - HOUR, ends=EARLY + 3 * HOUR, at=NOW,
        by_name="A",
    )  # fmt: skip
    assert down(status_page) == 2 * HOUR
    said.taken_back_at = NOW
    said.save()
    assert down(status_page) == 5 * HOUR


def test_could_not_check_is_counted_apart(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, EARLY, EARLY + HOUR, key=f"rule/{rule.pk}/main.orders/unknown")
    incident(rule, EARLY + 2 * HOUR, EARLY + 4 * HOUR, key="connection/1", rule_id=None, table="")
    month = line(status_page).this_month
    assert month is not None
    assert (month.share.down, month.share.unknown, month.percent) == (timedelta(), 3 * HOUR, "100 %")


def test_the_time_before_the_first_check_is_left_out(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, FIRST - 9 * HOUR, FIRST + HOUR)
    october = line(status_page).past_months[0]
    assert (october.month.key, october.share.down) == ("2026-10", HOUR)
    assert october.share.out > timedelta(days=9)
    assert len(line(status_page).product.months) == 2


def test_the_time_in_which_all_rules_were_paused_is_left_out(rule: Rule, status_page: StatusPage) -> None:
    incident(rule, EARLY, EARLY + 6 * HOUR)
    for paused in (True, False):
        rule.paused = paused
        rule.save()
    lines = list(Rule.history.filter(id=rule.pk).order_by("history_id"))
    for entry, hour in zip(lines[1:], (2, 5), strict=True):
        Rule.history.filter(pk=entry.pk).update(history_date=EARLY + hour * HOUR)
    assert down(status_page) == 3 * HOUR


def test_a_product_that_only_learns_has_no_share(connection: Connection, status_page: StatusPage) -> None:
    product(status_page, "New", watch(connection, "main.new", verdict="learning"))
    assert line(status_page).product.months == []
    assert line(status_page).sentence == "Learning what is usual."


def test_rules_are_chosen_by_name_tag_and_table(connection: Connection, status_page: StatusPage) -> None:
    rules = [watch(connection, f"sales.{name}", tags=[name]) for name in ("a", "b", "c", "d")]
    product(status_page, "Three", rules[0], tags=["b"], tables=["*.c"])
    for number, rule in enumerate(rules):
        incident(rule, EARLY + 2 * number * HOUR, EARLY + (2 * number + 1) * HOUR)
    assert down(status_page) == 3 * HOUR


def test_what_a_deleted_rule_found_on_its_table_stays(connection: Connection, status_page: StatusPage) -> None:
    watch(connection, "sales.a")
    gone = watch(connection, "sales.b")
    product(status_page, "Sales", tables=["sales.*"])
    incident(gone, EARLY, EARLY + HOUR)
    gone.delete()
    assert down(status_page) == HOUR

"""Claiming due rules: each once, one batch per connection, nothing lost when a worker dies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from pytest_django import DjangoAssertNumQueries

from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.due import LEASE, Batch, Lease, claim_due, claim_now, next_slot
from apps.rules.models import Check, RuleState
from apps.rules.runner import run_batch
from apps.rules.services import RuleDraft, request_check, save_rule, set_paused
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop


def test_a_new_rule_is_due_at_once_and_claimed_once(make_rule: RuleMaker, clock: Clock) -> None:
    make_rule(every="1h", column="updated_at")
    (batch,) = claim_due(clock())
    assert batch.size == 1
    assert claim_due(clock()) == []


def test_all_due_rules_of_a_connection_come_in_one_batch(make_rule: RuleMaker, clock: Clock) -> None:
    make_rule(every="1h", column="updated_at")
    make_rule("volume", name="Rows", at_least=1)
    (batch,) = claim_due(clock())
    assert batch.size == 2


def test_the_claim_moves_the_next_check_on(make_rule: RuleMaker, clock: Clock) -> None:
    make_rule(every="1h", tolerance="10m", column="updated_at")
    claim_due(clock())
    soon = clock() + timedelta(seconds=RuleState.objects.get().check_every)
    assert RuleState.objects.filter(next_check_at__gt=clock(), next_check_at__lte=soon).exists()


def test_the_batch_of_a_dead_worker_is_claimed_again_after_its_lease(make_rule: RuleMaker, clock: Clock) -> None:
    make_rule(every="1h", column="updated_at")
    first = claim_due(clock())
    clock.now += LEASE + timedelta(seconds=1)
    second = claim_due(clock())
    assert [batch.size for batch in second] == [1]
    assert first[0].token != second[0].token


def test_a_worker_that_lost_its_lease_writes_nothing(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    (late,) = claim_due(clock())
    clock.now += LEASE + timedelta(seconds=1)
    (second,) = claim_due(clock())
    assert run_batch(connection_id=late.connection_id, token=late.token, clock=clock) == []
    assert not Check.objects.exists()
    assert len(run_batch(connection_id=second.connection_id, token=second.token, clock=clock)) == 1


def test_a_check_that_never_finishes_becomes_unknown_instead_of_looping(
    shop: Shop, make_rule: RuleMaker, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    for _ in range(3):
        claim_due(clock())
        clock.now += LEASE + timedelta(seconds=1)
    (batch,) = claim_due(clock())
    (outcome,) = run_batch(connection_id=batch.connection_id, token=batch.token, clock=clock)
    assert outcome.judgement.verdict == "unknown"
    assert "never finished" in outcome.judgement.reason


def test_a_paused_rule_is_never_due_and_a_resumed_one_is_at_once(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule(every="1h", column="updated_at")
    set_paused(rule=rule, paused=True, now=clock())
    assert claim_due(clock() + timedelta(days=30)) == []
    set_paused(rule=rule, paused=False, now=clock())
    assert [batch.size for batch in claim_due(clock())] == [1]


def test_pausing_fences_off_the_worker_that_is_at_it(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    shop.order(NIGHT)
    rule = make_rule(every="1h", column="updated_at")
    (batch,) = claim_due(clock())
    set_paused(rule=rule, paused=True, now=clock())
    assert run_batch(connection_id=batch.connection_id, token=batch.token, clock=clock) == []
    assert RuleState.objects.get().next_check_at is None


def test_asking_for_a_check_makes_it_due(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    shop.order(NIGHT)
    rule = make_rule(every="1h", column="updated_at")
    claim_now(RuleState.objects.all(), rule.connection_id, clock())
    RuleState.objects.update(lease_token="", lease_until=None)
    assert claim_due(clock()) == []
    request_check(rule=rule, now=clock())
    assert [batch.size for batch in claim_due(clock())] == [1]


@pytest.mark.parametrize("seconds", [60, 300, 3600])
def test_rules_of_one_connection_come_due_together(seconds: int) -> None:
    moments = [NIGHT + timedelta(seconds=second) for second in range(2 * seconds)]
    slots = {next_slot(seconds, 5, moment) for moment in moments}
    assert len(slots) == 3
    assert all(timedelta() < next_slot(seconds, 5, moment) - moment <= timedelta(seconds=seconds) for moment in moments)


def test_a_long_batch_keeps_its_lease_but_does_not_write_at_every_statement(
    make_rule: RuleMaker, clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_rule(every="1h", column="updated_at")
    (batch,) = claim_due(clock())
    lease = Lease(batch.token, clock())
    clock.now += LEASE / 5
    with django_assert_num_queries(0):
        lease.keep(clock())
    clock.now += LEASE / 2
    lease.keep(clock())
    clock.now += LEASE / 2
    assert claim_due(clock()) == []


def test_what_comes_due_while_a_batch_is_under_way_waits_for_its_end(
    shop: Shop, make_rule: RuleMaker, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    (first,) = claim_due(clock())
    make_rule("volume", name="Rows", at_least=1)
    clock.forward(seconds=5)
    assert claim_due(clock()) == []
    run_batch(connection_id=first.connection_id, token=first.token, clock=clock)
    assert [batch.size for batch in claim_due(clock())] == [1]


def test_a_dead_batch_is_taken_over_at_once_together_with_what_waited_for_it(
    make_rule: RuleMaker, clock: Clock
) -> None:
    make_rule(every="1h", column="updated_at")
    claim_due(clock())
    make_rule("volume", name="Rows", at_least=1)
    clock.now += LEASE
    assert claim_due(clock()) == []
    clock.forward(seconds=1)
    assert [batch.size for batch in claim_due(clock())] == [2]


@pytest.fixture
def other(connection: Connection) -> Connection:
    """Another connection of the team, to the same file."""
    return save_connection(team=connection.team, name="other", engine="duckdb", settings=connection.settings)


def watch(connection: Connection, clock: Clock) -> None:
    draft = RuleDraft(name="Other", connection=connection, kind="schema", table="main.orders", settings={})
    save_rule(team=connection.team, draft=draft, now=clock())


def test_a_batch_under_way_holds_up_no_other_connection(make_rule: RuleMaker, other: Connection, clock: Clock) -> None:
    make_rule(every="1h", column="updated_at")
    claim_due(clock())
    watch(other, clock)
    assert [batch.connection_id for batch in claim_due(clock())] == [other.pk]


def test_a_person_who_asks_does_not_wait_for_the_batch_under_way_but_the_next_tick_waits_for_the_person(
    make_rule: RuleMaker, clock: Clock
) -> None:
    rule = make_rule(every="1h", column="updated_at")
    (running,) = claim_due(clock())
    asked = claim_now(RuleState.objects.all(), rule.connection_id, clock())
    assert (asked.size, Lease.of(running.token)) == (1, None)
    make_rule("volume", name="Rows", at_least=1)
    assert claim_due(clock()) == []


def test_a_tick_asks_one_question_when_nothing_is_due_and_two_more_per_connection(
    make_rule: RuleMaker, other: Connection, clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_rule(every="1h", column="updated_at")
    make_rule("volume", name="Rows", at_least=1)
    watch(other, clock)
    savepoints = 4  # which stand for two transactions, as a test is one itself
    with django_assert_num_queries(1 + 2 * 2 + savepoints):
        assert len(claim_due(clock())) == 2
    with django_assert_num_queries(1):
        claim_due(clock())


@pytest.mark.django_db(transaction=True)
def test_of_two_ticks_at_the_same_time_one_claims_and_the_other_leaves_the_connection_alone(
    make_rule: RuleMaker, clock: Clock
) -> None:
    make_rule(every="1h", column="updated_at")
    make_rule("volume", name="Rows", at_least=1)
    RuleState.objects.filter(rule__kind="volume").update(next_check_at=clock() + timedelta(seconds=1))
    claimed, commit, later = threading.Event(), threading.Event(), list[Batch]()

    def tick() -> None:
        with transaction.atomic():
            claim_due(clock())
            claimed.set()
            commit.wait()
        connections.close_all()

    def tick_a_second_later() -> None:
        later.extend(claim_due(clock() + timedelta(seconds=1)))
        connections.close_all()

    first, second = threading.Thread(target=tick), threading.Thread(target=tick_a_second_later)
    first.start()
    claimed.wait()
    second.start()
    if connections["default"].vendor == "postgresql":
        second.join()  # while the first is not committed; SQLite lets it wait for that
    commit.set()
    first.join()
    second.join()
    assert later == []
    assert RuleState.objects.exclude(lease_token="").count() == 1


def test_a_batch_that_waited_long_for_a_worker_renews_its_lease(make_rule: RuleMaker, clock: Clock) -> None:
    make_rule(every="1h", column="updated_at")
    (batch,) = claim_due(clock())
    lease = Lease.of(batch.token)
    clock.now += LEASE / 2
    assert lease
    lease.keep(clock())
    assert RuleState.objects.get().lease_until == clock() + LEASE

"""When the model is asked, and when it is not: the store, the budgets, the circuit breaker, and what is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from apps.summaries.generated.asking import Request, ask_for
from apps.summaries.generated.state import FAILURES, OFF_FOR, hold, standing
from apps.summaries.generated.writing import ATTEMPTS, KEEP, remove_old, write_waiting
from apps.summaries.models import GeneratedText, Status
from tests.servers.llm import FAULTS, ModelServer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)
TEXT = "The table main.orders received 350 rows."


def ask(subject: int = 1, *, team: int = 1, rows: int = 350, now: datetime = NOW) -> GeneratedText:
    request = Request(
        purpose="incident", team_id=team, subject_id=subject, occasion="0-high-open", language="en",
        facts={"what happened": f"main.orders received {rows} rows."}, plain="Late.",
    )  # fmt: skip
    return ask_for(request, now=now)


def write(minutes: float = 0, *teams: int) -> int:
    return len(write_waiting(teams=teams or (1,), clock=lambda: NOW + timedelta(minutes=minutes)))


def test_a_text_is_kept_with_what_it_cost_and_what_became_of_it(model: ModelServer) -> None:
    model.says = TEXT
    ask()
    assert write() == 1
    row = GeneratedText.objects.get()
    assert (row.status, row.answer, row.plain, row.tokens, row.attempts) == ("accepted", TEXT, "Late.", 760, 1)
    assert row.seconds is not None


def test_the_same_prompt_is_never_sent_twice(model: ModelServer) -> None:
    model.says = TEXT
    ask(1)
    write()
    ask(2)
    assert write() == 0
    assert len(model.requests) == 1
    assert list(GeneratedText.objects.filter(subject_id=2).values_list("status", "answer", "from_store")) == [
        ("accepted", TEXT, True)
    ]


def test_asking_twice_for_the_same_is_asking_once(model: ModelServer) -> None:
    assert ask() == ask()


def test_several_failures_in_a_row_turn_the_model_off_for_a_while(model: ModelServer) -> None:
    model.says = TEXT
    model.answers.extend([FAULTS["500"]] * FAILURES)
    for subject in range(FAILURES + 1):
        ask(subject, rows=350 + subject)
    write()
    assert len(model.requests) == FAILURES
    state = standing(NOW)
    assert (state.off_until, state.failures) == (NOW + OFF_FOR, FAILURES)
    assert "(500" in state.error
    write(5)
    assert len(model.requests) == FAILURES
    write(11)
    assert len(model.requests) > FAILURES
    assert standing(NOW + timedelta(minutes=11)).failures == 0


def test_one_failure_after_that_turns_it_off_again(model: ModelServer) -> None:
    model.answers.extend([FAULTS["500"]] * (FAILURES + 1))
    for subject in range(FAILURES + 2):
        ask(subject, rows=350 + subject)
    write()
    write(11)
    assert len(model.requests) == FAILURES + 1


def test_a_text_is_tried_some_times_and_then_given_up(model: ModelServer) -> None:
    model.answers.extend([FAULTS["429"]] * 9)
    ask()
    for hours in range(6):
        write(60 * hours)
    row = GeneratedText.objects.get()
    assert (row.status, row.attempts, len(model.requests)) == ("failed", ATTEMPTS, ATTEMPTS)
    assert "429" in row.reason


def test_what_cannot_be_written_for_hours_is_given_up(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_LLM_DAILY_BUDGET = 0
    ask()
    write()
    assert GeneratedText.objects.get().reason.startswith("The budget of this installation for today is used up")
    write(7 * 60)
    assert (GeneratedText.objects.get().status, model.requests) == (Status.FAILED, [])


def test_a_team_that_used_its_budget_waits_while_others_go_on(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_LLM_TEAM_BUDGET = 1_200
    model.says = TEXT
    ask(1, team=1)
    write(0, 1, 2)
    ask(2, team=1, rows=351)
    ask(3, team=2, rows=352)
    write(1, 1, 2)
    assert list(GeneratedText.objects.order_by("subject_id").values_list("status", "attempts")) == [
        ("accepted", 1),
        ("waiting", 0),
        ("dropped", 1),  # 350 rows are not 352
    ]


def test_the_budget_begins_anew_at_midnight(model: ModelServer) -> None:
    model.says = TEXT
    ask()
    write()
    assert standing(NOW).used == 760
    assert standing(NOW + timedelta(days=1)).used == 0


def test_while_somebody_asks_nobody_else_does(model: ModelServer) -> None:
    model.says = TEXT
    ask()
    assert hold(NOW, timedelta(minutes=2))
    assert write() == 0
    assert write(3) == 1  # whoever held it has died


def test_what_waits_for_a_team_that_switched_it_off_is_not_sent(model: ModelServer) -> None:
    ask(team=1)
    assert write(0, 2) == 0
    assert model.requests == []


def test_without_a_model_nothing_is_asked(settings: Settings) -> None:
    settings.MIDWATCH_LLM_URL = ""
    ask()
    assert write() == 0


def test_texts_are_removed_when_they_are_old(model: ModelServer) -> None:
    ask(1, now=NOW - KEEP - timedelta(minutes=1))
    ask(2, rows=351)
    assert remove_old(now=NOW) == 1
    assert GeneratedText.objects.get().subject_id == 2

"""What `doctor` says of the language model."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.timezone import now
from pytest_django import Settings

from apps.api.modelcheck import ask_model, look_at_model
from apps.summaries.generated.state import FAILURES, failed, hold
from tests.servers.llm import FAULTS, ModelServer

pytestmark = pytest.mark.django_db


def test_without_a_model_all_is_well() -> None:
    assert look_at_model(now()).well is True
    assert ask_model().well is True


def test_a_model_that_can_be_reached_is_told_with_what_it_used(model: ModelServer) -> None:
    found = look_at_model(now())
    assert (found.well, model.requests) == (True, [])
    assert "0 of 200,000 tokens were used today" in found.message


def test_an_address_that_nobody_answers_is_told(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_LLM_URL = "http://127.0.0.1:9/v1"
    found = look_at_model(now())
    assert (found.well, "Check MIDWATCH_LLM_URL" in found.message) == (False, True)


def test_an_address_that_may_not_be_called_is_told(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    assert "MIDWATCH_PRIVATE_ADDRESSES" in look_at_model(now()).message


def test_a_model_that_is_turned_off_and_a_budget_that_is_used_up_are_told(
    model: ModelServer, settings: Settings
) -> None:
    settings.MIDWATCH_LLM_DAILY_BUDGET = 0
    assert "budget for today is used up" in look_at_model(now()).message
    hold(now(), timedelta(0))
    for _ in range(FAILURES):
        failed("It is broken.", now())
    assert look_at_model(now()).message.endswith("It is broken.")


def test_the_deep_look_asks_for_a_word_and_says_why_there_is_none(model: ModelServer) -> None:
    model.says = "ready"
    out = StringIO()
    call_command("doctor", deep=True, stdout=out)
    assert "language model, asked for a word: double answered." in out.getvalue()
    model.answers.append(FAULTS["401"])
    assert "MIDWATCH_LLM_KEY" in ask_model().message

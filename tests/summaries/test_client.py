"""The language model over a real connection: what is sent, and every way in which no text comes back."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.summaries.generated.client import complete
from apps.summaries.generated.errors import ModelError, ModelRefuses
from tests.servers.llm import FAULTS, ModelServer, completion


def test_the_instructions_and_the_facts_are_sent_once_and_the_text_comes_back(model: ModelServer) -> None:
    model.says = "main.orders is late."
    answer = complete(rules="Write.", request="Facts.")
    assert (answer.text, answer.tokens_in, answer.tokens_out) == ("main.orders is late.", 700, 60)
    (sent,) = model.asked
    assert [each["content"] for each in sent["messages"]] == ["Write.", "Facts."]
    assert model.requests[0].path == "/v1/chat/completions"
    assert model.requests[0].headers["authorization"] == "Bearer sk-not-a-real-one"


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"slow"}))
def test_a_fault_is_an_error_in_words_and_is_not_tried_again_at_once(model: ModelServer, fault: str) -> None:
    model.answers.append(FAULTS[fault])
    with pytest.raises(ModelError, match=r"^[A-Z].*\.$"):
        complete(rules="Write.", request="Facts.")
    assert len(model.requests) == 1


def test_a_model_that_does_not_answer_is_waited_for_no_longer_than_set(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_LLM_TIMEOUT = 0.2
    model.answers.append(FAULTS["slow"])
    with pytest.raises(ModelError, match=r"no answer within 0.2 s"):
        complete(rules="Write.", request="Facts.")


def test_a_model_that_declines_has_written_nothing(model: ModelServer) -> None:
    model.answers.append(completion(None, refusal="I cannot help with that."))
    assert complete(rules="Write.", request="Facts.").text == ""


def test_a_private_address_is_called_only_where_that_is_allowed(model: ModelServer, settings: Settings) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    with pytest.raises(ModelError, match="MIDWATCH_PRIVATE_ADDRESSES"):
        complete(rules="Write.", request="Facts.")
    assert model.requests == []


def test_a_wrong_key_says_what_to_correct(model: ModelServer) -> None:
    model.answers.append(FAULTS["401"])
    with pytest.raises(ModelRefuses, match=r"Incorrect API key provided.*MIDWATCH_LLM_KEY"):
        complete(rules="Write.", request="Facts.")

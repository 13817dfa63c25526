"""The settings of the language model."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.llm import LanguageModel, read

GOOD = {"MIDWATCH_LLM_URL": "https://api.example.com/v1/", "MIDWATCH_LLM_MODEL": "small"}


def settings(**changes: str) -> LanguageModel:
    values = GOOD | {f"MIDWATCH_LLM_{name}": value for name, value in changes.items()}
    return read(lambda name: values.get(name, ""))


def test_by_default_there_is_none() -> None:
    assert read(lambda _: "") == LanguageModel("", "", "", 20.0, 200_000, 50_000)


def test_all_can_be_set() -> None:
    made = settings(KEY="k", TIMEOUT="90s", DAILY_BUDGET="1000", TEAM_BUDGET="500")
    assert made == LanguageModel("https://api.example.com/v1", "small", "k", 90.0, 1000, 500)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"MODEL": ""}, "or neither of them"),
        ({"URL": ""}, "or neither of them"),
        ({"URL": "api.example.com"}, "base address"),
        ({"URL": "ftp://api.example.com"}, "base address"),
        ({"URL": "https://user:pw@api.example.com"}, "without user, password"),
        ({"TIMEOUT": "soon"}, "MIDWATCH_LLM_TIMEOUT"),
        ({"TIMEOUT": "10m"}, "from 1s to 2m"),
        ({"DAILY_BUDGET": "-1"}, "MIDWATCH_LLM_DAILY_BUDGET"),
        ({"TEAM_BUDGET": "many"}, "MIDWATCH_LLM_TEAM_BUDGET"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_write(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        settings(**changes)

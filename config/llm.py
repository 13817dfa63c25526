"""The settings of the optional language model. Without an address and a model's name, none is asked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from apps.common.durations import parse_duration
from apps.common.records import record

SHORTEST, LONGEST = 1, 120  # seconds


@record
class LanguageModel:
    """Where it is, how long to wait for it (seconds), and how many tokens a day it may use: in all, and per team."""

    url: str
    model: str
    key: str
    seconds: float
    daily_budget: int
    team_budget: int


def read(value: Callable[[str], str]) -> LanguageModel:
    """Read the settings; `value` gives what is set under a name. Raises ImproperlyConfigured."""
    url, model = value("MIDWATCH_LLM_URL"), value("MIDWATCH_LLM_MODEL")
    if bool(url) != bool(model):
        raise ImproperlyConfigured("Set MIDWATCH_LLM_URL and MIDWATCH_LLM_MODEL, or neither of them.")
    return LanguageModel(
        url=_address(url),
        model=model,
        key=value("MIDWATCH_LLM_KEY"),
        seconds=_seconds(value("MIDWATCH_LLM_TIMEOUT") or "20s"),
        daily_budget=_tokens("MIDWATCH_LLM_DAILY_BUDGET", value("MIDWATCH_LLM_DAILY_BUDGET") or "200000"),
        team_budget=_tokens("MIDWATCH_LLM_TEAM_BUDGET", value("MIDWATCH_LLM_TEAM_BUDGET") or "50000"),
    )


def _address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query):
        raise ImproperlyConfigured(
            f"MIDWATCH_LLM_URL is {url!r}. Write the base address of an OpenAI-compatible service, such as "
            "https://api.openai.com/v1, without user, password and query."
        )
    return url.rstrip("/")


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text).total_seconds()
    except ValueError as error:
        raise ImproperlyConfigured(f"MIDWATCH_LLM_TIMEOUT: {error}.") from error
    if SHORTEST <= seconds <= LONGEST:
        return seconds
    raise ImproperlyConfigured(f"MIDWATCH_LLM_TIMEOUT is {text!r}. Set it to a length from 1s to 2m, for example 20s.")


def _tokens(name: str, text: str) -> int:
    if text.isdecimal() and int(text) <= 1_000_000_000:
        return int(text)
    raise ImproperlyConfigured(f"{name} is {text!r}. Write how many tokens may be used in a day, for example 200000.")

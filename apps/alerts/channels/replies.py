"""What a receiver's answer means: accepted, try again, or the end; told in words that keep secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.alerts.channels.bodies import cropped
from apps.alerts.channels.contract import SendFailed, SendRefused
from apps.alerts.channels.http import Reply, retry_after_seconds
from apps.common.clock import utc_now

RETRIED = frozenset({302, 303, 307, 408, 409, 425, 429})
ANSWER_LIMIT = 200
HIDDEN = "•••"
DEEPEST = 4
Advice = Mapping[int | str, str]


def judge(reply: Reply, *, who: str, advice: Advice, otherwise: str, secrets: Iterable[str] = ()) -> None:
    """Return when the answer is 2xx.

    Else raises SendFailed for what may pass, and SendRefused with what to mend: the `advice` for a word in the answer
    or for its status, or `otherwise`. An error of the receiver's own may come after it took the message, so that is
    unconfirmed. `secrets` are hidden wherever the receiver repeats them.
    """
    if 200 <= reply.status < 300:
        return
    hidden = tuple(secrets)
    said = told(reply.text, hidden)
    words = f"{who} answered {reply.status}" + (f": “{said}”." if said else ".")
    if 300 <= reply.status < 400:
        place = told(reply.headers.get("location", ""), hidden)
        words += f" Midwatch does not follow redirects (to {place or 'nowhere'}); give the final address."
    if reply.status >= 500 or reply.status in RETRIED:
        wait = retry_after_seconds(reply.headers.get("retry-after", ""), utc_now())
        raise SendFailed(words, retry_after=wait, unconfirmed=reply.status >= 500)
    by_word = (text for word, text in advice.items() if isinstance(word, str) and word in reply.text)
    raise SendRefused(f"{words} {next(by_word, advice.get(reply.status, otherwise))}")


def told(text: str, secrets: Iterable[str] = ()) -> str:
    """The receiver's own words on one line of printable characters: those of a JSON answer, else its beginning."""
    words = " ".join(_words_of(parsed(text))) or text
    for secret in secrets:
        words = words.replace(secret, HIDDEN)
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return cropped(line, ANSWER_LIMIT).rstrip(".")


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in an answer; empty when it holds none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _words_of(answer: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, in the shapes of PagerDuty (`message`, `errors` as a list), Opsgenie (`errors` by field) and
    Power Automate (`error` with `code` and `message`)."""
    for name in ("message", "error", "errors"):
        yield from _texts(answer.get(name), DEEPEST)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _texts(item, depth - 1)
    elif isinstance(value, dict) and depth:
        for name, item in value.items():
            yield from (f"{name}: {text}" for text in _texts(item, depth - 1))

"""The language model, spoken to by the openai package. Imported at the first use alone: it costs a second or two."""

from __future__ import annotations

import httpx
import openai
from django.conf import settings
from openai.types.chat import ChatCompletion

from apps.common.addresses import AddressError
from apps.common.records import record
from apps.summaries.generated.errors import ModelError, ModelRefuses, ModelUnreachable
from apps.summaries.generated.transport import BoundedTransport

MOST_TOKENS = 1_200  # of an answer; models that think first need more than the text itself
NO_KEY = "none"  # models in the own network often ask for no key, and the package for one always
CHECK = "MIDWATCH_LLM_KEY, MIDWATCH_LLM_MODEL and MIDWATCH_LLM_URL"
BODY_LIMIT = 200


@record
class Answer:
    """What the model wrote, and what it says that this took. A model that declines writes nothing."""

    text: str
    tokens_in: int
    tokens_out: int


def complete(*, rules: str, request: str, most_tokens: int = MOST_TOKENS) -> Answer:
    """Ask once. Raises ModelUnreachable or ModelRefuses."""
    seconds: float = settings.MIDWATCH_LLM_TIMEOUT
    with httpx.Client(transport=BoundedTransport(seconds), trust_env=False, timeout=seconds) as http:
        try:
            answer = _client(http, seconds).chat.completions.create(
                model=settings.MIDWATCH_LLM_MODEL,
                messages=[{"role": "system", "content": rules}, {"role": "user", "content": request}],
                max_completion_tokens=most_tokens,
            )
        except (openai.OpenAIError, httpx.InvalidURL, ValueError) as error:
            raise _told(error, seconds) from error
    return _read(answer)


def _client(http: httpx.Client, seconds: float) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=settings.MIDWATCH_LLM_URL,
        api_key=settings.MIDWATCH_LLM_KEY or NO_KEY,
        max_retries=0,
        timeout=seconds,
        http_client=http,
    )


def _read(answer: object) -> Answer:
    """Raises ModelUnreachable for what is no completion: the package takes whatever JSON, or text, there was."""
    try:
        if not isinstance(answer, ChatCompletion):
            raise TypeError("no completion")
        message = answer.choices[0].message
        used = answer.usage
        text = message.content if isinstance(message.content, str) else ""
        tokens_in, tokens_out = (used.prompt_tokens, used.completion_tokens) if used else (0, 0)
        return Answer(text.strip(), max(0, int(tokens_in or 0)), max(0, int(tokens_out or 0)))
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ModelUnreachable("The answer is no completion of a chat. Check MIDWATCH_LLM_URL.") from error


def _told(error: Exception, seconds: float) -> ModelError:
    """The error as a sentence for whoever runs Midwatch."""
    if isinstance(error, openai.APITimeoutError):
        return ModelUnreachable(f"The language model gave no answer within {seconds:g} s.")
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, ModelError):
            return cause
        return ModelUnreachable(str(cause) if isinstance(cause, AddressError) else f"No answer came ({cause}).")
    if isinstance(error, openai.RateLimitError):
        return ModelUnreachable("The language model takes no more requests now (429).")
    if isinstance(error, openai.APIStatusError):
        said = " ".join(_without_key(error.response.text).split())[:BODY_LIMIT]
        if error.status_code >= 500:
            return ModelUnreachable(f"The language model has a fault ({error.status_code}: {said}).")
        return ModelRefuses(f"The language model refuses ({error.status_code}: {said}). Check {CHECK}.")
    if isinstance(error, httpx.InvalidURL):
        return ModelUnreachable(f"MIDWATCH_LLM_URL is no address that can be called ({error}).")
    return ModelUnreachable("The answer cannot be read as JSON.")


def _without_key(text: str) -> str:
    """`text` with the key blotted out: a service may repeat it where it refuses it."""
    key = settings.MIDWATCH_LLM_KEY
    return text.replace(key, "…") if key else text

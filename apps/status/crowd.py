"""What keeps a public link cheap: answers are kept for some seconds, and who asks too often has to wait.

Both live in the cache. While that is away everything is made anew and nobody is counted: a broken Redis must not close
a status page.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from hashlib import sha256

import redis
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

KEEP = 15  # seconds
MINUTE = 60
PER_LINK = 6_000  # a minute
PER_GUESSER = 30  # wrong keys from one address in a minute
log = logging.getLogger("midwatch.status")
HEADERS = {
    "Cache-Control": f"public, max-age={KEEP}",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def kept(name: str, make: Callable[[], str]) -> str:
    """What `make` gives, or gave some seconds ago under this name."""
    try:
        found: str | None = cache.get(name)
        if found is None:
            found = make()
            cache.set(name, found, KEEP)
    except redis.RedisError:
        log.warning("Redis does not answer, so a status page is made anew for each reader.")
        return make()
    return found


def too_many(who: str, most: int) -> bool:
    """Count one more request of `who` in this minute of the clock, and tell whether that is more than `most`."""
    name = f"status-rate-{who}-{int(time.time()) // MINUTE}"
    try:
        cache.add(name, 0, 2 * MINUTE)
        return int(cache.incr(name)) > most
    except ValueError:  # the minute was forgotten between the two
        return False
    except redis.RedisError:
        return False


def answer(request: HttpRequest, body: str, content_type: str) -> HttpResponse:
    """The answer for everybody: with a fingerprint, so that who has it already gets it not again (304)."""
    response = HttpResponse(body, content_type=content_type, headers=HEADERS)
    etag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    found = get_conditional_response(request, etag=etag, response=response)
    for name, value in HEADERS.items():
        found.headers.setdefault(name, value)  # type: ignore[union-attr]  # it is given where a response is
    return found  # type: ignore[return-value]


def refused(request: HttpRequest) -> HttpResponse:
    """Too often: when to come again."""
    seconds = int(MINUTE - time.time() % MINUTE) + 1
    text = f"Too many requests. Wait {seconds} s and try again.\n"
    headers = {**HEADERS, "Cache-Control": "no-store", "Retry-After": str(seconds)}
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers=headers)

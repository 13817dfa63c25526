"""How often a caller may ask."""

from __future__ import annotations

import logging
import time

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

MINUTE = 60
log = logging.getLogger("midwatch.api")


class CallerThrottle(BaseThrottle):
    """So many requests per token, or per person, in each minute of the clock.

    It keeps nothing on itself, since one object serves all threads (ninja's own rates do). It counts in the cache, and
    lets everybody through while that is away: a broken Redis must not close the API.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether this request is within the rate."""
        token = getattr(request, "api_token", None)
        who = f"token-{token.pk}" if token else f"user-{request.user.pk}"
        return within_rate(who)

    def wait(self) -> float:
        """Seconds until the next minute."""
        return MINUTE - time.time() % MINUTE


def within_rate(who: str) -> bool:
    """Whether one more request of `who` is within the rate."""
    try:
        return _count(f"api-{who}-{int(time.time()) // MINUTE}") <= settings.MIDWATCH_API_RATE
    except redis.RedisError:
        log.warning("Redis does not answer, so requests to the API are not counted.")
        return True


def _count(key: str) -> int:
    cache.add(key, 0, 2 * MINUTE)
    try:
        return int(cache.incr(key))
    except ValueError:  # the minute was forgotten between the two
        return 1

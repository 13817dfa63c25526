"""Whether this process answers, whether Midwatch really works, and its figures: for load balancers, container health
checks and monitoring of the monitoring."""

from __future__ import annotations

import logging
import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse

from apps.alerts.services import beat
from apps.api.metrics import read_gauges, text_of
from apps.api.standing import proof_words, standing
from apps.common.clock import utc_now

log = logging.getLogger("midwatch.health")
PLAIN = "text/plain"
PROXIED = ("Forwarded", "Via", "X-Forwarded-", "X-Real-", "X-Client-", "X-Original-", "Cf-", "True-Client-")
OWN_NAMES = {"localhost", "127.0.0.1", "[::1]"}
BLIND = "The database cannot be asked ({error}). Nothing is checked and no alert is sent; the log says more.\n"
REFUSED = (
    "Without a token the figures are given to this machine alone, and only where Midwatch runs on SQLite and its "
    "address (MIDWATCH_BASE_URL) is this machine's own. Set MIDWATCH_METRICS_TOKEN, and send it as Authorization: "
    "Bearer …\n"
)


def healthz(request: HttpRequest) -> HttpResponse:
    """Always `ok`: it asks nothing of the database, so that a slow database does not get web processes killed."""
    return HttpResponse("ok\n", content_type=PLAIN)


def readyz(request: HttpRequest) -> HttpResponse:
    """`ok` while Midwatch works; else 503 with a line per reason. The last line is about the last proof, unless the
    database is away."""
    now = utc_now()
    try:
        beat("web", now)
        stands = standing(now)
    except Error as error:  # its words may name hosts and users, and anybody may ask
        log.error("The database cannot be asked: %s", error)
        return HttpResponse(BLIND.format(error=type(error).__name__), content_type=PLAIN, status=503)
    lines = [*(stands.reasons or ("ok",)), proof_words(stands.proven_at, now)]
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(text, content_type=PLAIN, status=200 if stands.well else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: with the token of the settings; where none is set, for this machine alone, while nobody
    else is meant to use it."""
    if not _may_read(request):
        return HttpResponse(REFUSED, content_type=PLAIN, status=401, headers={"WWW-Authenticate": "Bearer"})
    text = text_of(read_gauges(utc_now()))
    return HttpResponse(text, content_type=f"{PLAIN}; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    if token := settings.MIDWATCH_METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    # A proxy on this machine that says nothing of itself cannot be told from the machine: so the token is needed as
    # soon as Midwatch is meant for others, and whatever looks like one is refused besides.
    if not settings.EMBEDDED or not _is_own(urlsplit(settings.MIDWATCH_BASE_URL).netloc):
        return False
    if not _is_own(request.headers.get("Host", "")) or any(name.startswith(PROXIED) for name in request.headers):
        return False
    address = str(request.META.get("REMOTE_ADDR", ""))
    # A socket of the machine's own has no address.
    return not address or ip_address(address).is_loopback


def _is_own(host: str) -> bool:
    """Whether a name with or without a port is this machine's own."""
    return host.lower() in OWN_NAMES or host.lower().rpartition(":")[0] in OWN_NAMES

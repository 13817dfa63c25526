"""Whether this process answers, whether Midwatch really works, and its figures: for load balancers, container health
checks and monitoring of the monitoring."""

from __future__ import annotations

import logging
import secrets
from ipaddress import ip_address

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse

from apps.alerts.services import beat
from apps.api.metrics import read_gauges, text_of
from apps.api.standing import proof_words, standing
from apps.common.clock import utc_now

log = logging.getLogger("midwatch.health")
PLAIN = "text/plain"
PROXIED = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")
BLIND = "The database cannot be asked ({error}). Nothing is checked and no alert is sent; the log says more.\n"
REFUSED = (
    "The figures are given to this machine alone. Set MIDWATCH_METRICS_TOKEN, and send it as Authorization: Bearer …\n"
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
    """Figures for Prometheus: with the token of the settings; where none is set, for this machine alone."""
    if not _may_read(request):
        return HttpResponse(REFUSED, content_type=PLAIN, status=401, headers={"WWW-Authenticate": "Bearer"})
    text = text_of(read_gauges(utc_now()))
    return HttpResponse(text, content_type=f"{PLAIN}; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    if token := settings.MIDWATCH_METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    # What a proxy on this machine passes on comes from elsewhere.
    if any(header in request.headers for header in PROXIED):
        return False
    address = str(request.META.get("REMOTE_ADDR", ""))
    # A socket of the machine's own has no address.
    return not address or ip_address(address).is_loopback

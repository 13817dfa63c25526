"""Whether this process answers, and whether Midwatch really works: for load balancers and container health checks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from apps.api.heartbeat import is_well
from apps.common.clock import utc_now


def healthz(request: HttpRequest) -> HttpResponse:
    """Always `ok`: it asks nothing of the database, so that a slow database does not get web processes killed."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """`ok` while checks and messages are on time; else 503 and the reason."""
    well, message = is_well(utc_now())
    return HttpResponse(f"{message}\n", content_type="text/plain", status=200 if well else 503)

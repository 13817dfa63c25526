"""The REST API, version 1: what it is made of, and how it says no."""

from __future__ import annotations

import math

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from apps.api.rest import (
    checks,
    days,
    deliveries,
    feedback,
    figures,
    incidents,
    noise,
    routes,
    rules,
    search,
    silences,
    status,
    stores,
    suggestions,
    tables,
    usage,
)
from apps.api.rest.callers import Forbidden, NotFound, identify
from apps.api.rest.parameters import only_known
from apps.api.rest.throttling import CallerThrottle
from apps.common.errors import InvalidInput, MidwatchError

NO_OBJECT = 'The body must be one JSON object, such as {"paused": true}.'
# No documentation page: it would fetch its scripts from elsewhere. docs/api.md has every endpoint.
api = NinjaAPI(
    title="Midwatch",
    version="1",
    auth=identify,
    throttle=CallerThrottle(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)
ROUTERS = (
    ("/rules", rules.router),
    ("/rules", feedback.router),
    ("/rules", checks.router),
    ("/noise", noise.router),
    ("/silences", silences.router),
    ("/routes", routes.router),
    ("/figures", figures.router),
    ("/incidents", incidents.router),
    ("/status", status.router),
    ("/deliveries", deliveries.router),
    ("/tables", days.router),
    ("/connections", suggestions.router),
    ("/search", search.router),
    ("/usage", usage.router),
    ("/tables", tables.router),
    ("", stores.router),
)
for prefix, router in ROUTERS:
    router.add_decorator(only_known, mode="view")
    api.add_router(prefix, router)
elsewhere = Router()  # last, so that it answers only what no other does
api.add_router("", elsewhere)


@elsewhere.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "/{path:address}", include_in_schema=False)
def nothing_here(request: HttpRequest, address: str) -> None:
    """Answer in JSON what the pages would answer with a sign-in form."""
    raise NotFound(f"There is nothing at {request.path}. docs/api.md lists every address.")


def _refuse(request: HttpRequest, status: int, sentence: str, field: str = "") -> HttpResponse:
    return api.create_response(request, {"error": sentence, "field": field}, status=status)


@api.exception_handler(MidwatchError)
def _not_accepted(request: HttpRequest, error: MidwatchError) -> HttpResponse:
    return _refuse(request, 422, str(error), error.field if isinstance(error, InvalidInput) else "")


@api.exception_handler(NotFound)
def _not_found(request: HttpRequest, error: NotFound) -> HttpResponse:
    return _refuse(request, 404, str(error))


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return _refuse(request, 403, str(error))


@api.exception_handler(AuthenticationError)
def _unknown_caller(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    return _refuse(request, 401, "Sign in, or send a token: Authorization: Bearer mw_… (see docs/api.md).")


@api.exception_handler(ValidationError)
def _bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    if first["loc"][0] == "body":
        return _refuse(request, 422, NO_OBJECT)
    field = str(first["loc"][-1])
    return _refuse(request, 422, f"{field}: {str(first['msg']).replace('Input should', 'must')}.", field)


@api.exception_handler(Throttled)
def _too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    seconds = max(1, math.ceil(float(error.wait or 60)))
    sentence = f"That is more than {settings.MIDWATCH_API_RATE} requests in a minute. Wait {seconds} s and go on."
    answer = _refuse(request, 429, sentence)
    answer["Retry-After"] = str(seconds)
    return answer


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _refuse(request, error.status_code, NO_OBJECT if error.status_code == 400 else str(error))

"""The addresses of SCIM: one function that knows who asks, and one per kind of object.

Plain views instead of the API of /api/v1: SCIM has its own errors, media type and paging, and its callers know nothing
of teams.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from apps.api.rest.throttling import within_rate
from apps.api.scim import discovery, groups, people
from apps.api.scim.answers import answer, listed
from apps.api.scim.filtering import UNSTORABLE, storable
from apps.api.scim.refusals import Refusal
from apps.changes.services import provisioning_used
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.teams.models import SignInProvider
from apps.teams.services import AlreadyTaken, use_provisioning_key

log = logging.getLogger("midwatch.scim")
View = Callable[..., HttpResponse]
NO_KEY = "Send the key of the provider: Authorization: Bearer mwp_… Make one on its page in Midwatch."
CONFLICT = "Another request made the same at this moment. Send it again."


def _for_providers(view: View) -> View:
    """Lets a provider in by its key, and says no in SCIM's words."""

    @csrf_exempt  # a key is sent, no cookie
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            provider = _caller(request)
            with transaction.atomic():
                # One request of a provider at a time: they send many at once, which touch the same groups.
                locked = SignInProvider.objects.select_for_update().get(pk=provider.pk)
                return view(request, locked, **kwargs)
        except Refusal as refusal:
            return _refused(refusal)
        except AlreadyTaken as error:
            return _refused(Refusal(409, str(error), kind="uniqueness"))
        except InvalidInput as error:
            return _refused(Refusal(400, str(error), kind="invalidValue"))
        except IntegrityError:
            return _refused(Refusal(409, CONFLICT, kind="uniqueness"))
        except RequestDataTooBig:
            return _refused(Refusal(413, "This is too large. Send members in several changes."))

    return wrapped


def _caller(request: HttpRequest) -> SignInProvider:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    token = use_provisioning_key(key=key.strip(), now=utc_now()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refusal(401, NO_KEY)
    request.provisioning = token  # type: ignore[attr-defined]  # for the audit
    if not within_rate(f"provisioning-{token.provider_id}"):
        raise Refusal(429, f"That is more than {settings.MIDWATCH_API_RATE} requests in a minute. Wait a minute.")
    provisioning_used(token=token, address=str(request.META.get("REMOTE_ADDR") or ""), now=utc_now())
    return token.provider


def _refused(refusal: Refusal) -> HttpResponse:
    if refusal.status not in (401, 404):
        log.warning("SCIM was refused (%s): %s", refusal.status, " ".join(str(refusal).split())[:300])
    said = answer(refusal.body(), status=refusal.status)
    if refusal.status == 401:
        said["WWW-Authenticate"] = "Bearer"
    if refusal.status == 429:
        said["Retry-After"] = "60"
    return said


def _root(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("scim_service")).removesuffix("/ServiceProviderConfig")


def _only(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise Refusal(405, f"Only {', '.join(methods)} can be sent here.")


@_for_providers
def service(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    _only(request, "GET")
    return answer(discovery.service(_root(request)))


@_for_providers
def described(request: HttpRequest, provider: SignInProvider, what: str, name: str = "") -> HttpResponse:
    """The pages ResourceTypes and Schemas, and each thing on them."""
    _only(request, "GET")
    entries = (discovery.resource_types if what == "ResourceTypes" else discovery.schemas)(_root(request))
    if not name:
        return answer(listed(entries, total=len(entries), first=1))
    for entry in entries:
        if entry["id"] == name:
            return answer(entry)
    raise Refusal(404, f"There is nothing named {name}.")


@_for_providers
def many(request: HttpRequest, provider: SignInProvider, what: str) -> HttpResponse:
    """All people, or all groups: looked through, or added to."""
    _only(request, "GET", "POST")
    objects = people if what == "Users" else groups
    if request.method == "GET":
        return answer(objects.found(provider, request.GET, _root(request)))
    made = objects.made(provider, _body(request), _root(request))
    said = answer(made, status=201)
    said["Location"] = made["meta"]["location"]
    return said


@_for_providers
def one(request: HttpRequest, provider: SignInProvider, what: str, number: str) -> HttpResponse:
    """One person or group: read, replaced, changed or removed."""
    _only(request, "GET", "PUT", "PATCH", "DELETE")
    objects = people if what == "Users" else groups
    row = objects.row(provider, number)
    if request.method == "DELETE":
        objects.removed(row)
        return HttpResponse(status=204)
    if request.method == "GET":
        return answer(objects.shown(row, request.GET, _root(request)))
    changed = objects.replaced if request.method == "PUT" else objects.patched
    return answer(changed(row, _body(request), _root(request)))


@_for_providers
def nothing_here(request: HttpRequest, provider: SignInProvider, address: str) -> HttpResponse:
    raise Refusal(404, f"There is nothing at {request.path}. Users and Groups are here.")


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is no JSON.", kind="invalidSyntax") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The body is one JSON object.", kind="invalidSyntax")
    if not storable(body):
        raise Refusal(400, UNSTORABLE, kind="invalidValue")
    return body

"""Whose address a request has: of the browser, as trusted proxies tell it, or else of whoever connects."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR, which the audit, the limits and allauth all read, so that they believe the same.

    Each proxy adds the address it was asked from at the end of X-Forwarded-For; what stands before those of our own
    proxies was sent by the browser and may be made up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        proxies = settings.MIDWATCH_TRUSTED_PROXIES
        if told := address_told(request.headers.get("X-Forwarded-For", ""), proxies):
            request.META["REMOTE_ADDR"] = told
        return self.get_response(request)


def address_told(header: str, proxies: int) -> str:
    """The address that the first of so many trusted proxies was asked from; empty when they did not tell one."""
    told = [part.strip() for part in header.split(",")]
    if proxies < 1 or len(told) < proxies:
        return ""
    text = told[-proxies]
    if text.startswith("["):
        text = text[1:].partition("]")[0]  # with a port: [2001:db8::1]:443
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""

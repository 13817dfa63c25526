"""What the sign-in page offers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from apps.teams.models import ProviderKind, SignInProvider
from apps.teams.signin import providers

register = template.Library()
# In this order: most browsers also carry the names of others.
BROWSERS = (("Firefox/", "Firefox"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "a Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.simple_tag
def sign_in_ways() -> dict[str, Any]:
    """The providers to show, and whether to ask for a password."""
    return {"providers": providers.enabled(), "passwords": not providers.sso_only()}


@register.filter
def browser(agent: str) -> str:
    """What a browser calls itself, as people do: Firefox on Windows. What is none of the usual ones stays as it is."""
    name = next((shown for word, shown in BROWSERS if word in agent), "")
    system = next((shown for word, shown in SYSTEMS if word in agent), "")
    return f"{name} on {system}" if name and system else agent


@register.simple_tag
def url_of(provider: SignInProvider, onward: str | None) -> str:
    """Where the sign-in by this provider begins; `onward` is the page that it ends on."""
    if provider.kind == ProviderKind.OPENID_CONNECT:
        address = reverse("openid_connect_login", args=[provider.key])
    elif provider.kind == ProviderKind.SAML:
        address = reverse("saml_login", args=[provider.key])
    else:
        address = reverse(f"{provider.kind}_login")
    return f"{address}?{urlencode({'next': onward})}" if onward else address

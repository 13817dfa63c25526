"""Where providers are called, and the settings that only the provider and Midwatch may know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import unquote, urlsplit

from django.conf import settings
from pydantic import AfterValidator, Field, SecretStr

from apps.alerts.channels.http import target_of

LONGEST_ADDRESS = 2_000
# A part of an address that is this long is no word such as "services" or "workflows" but something drawn by lot.
DRAWN_BY_LOT = 16


def provider_url(host: str, path: str) -> str:
    """The address of a provider's own API. Tests name a stand-in for the host in a setting of Django."""
    return f"{settings.MIDWATCH_STAND_INS.get(host, f'https://{host}')}{path}"


def _whole_address(value: SecretStr) -> SecretStr:
    stripped = value.get_secret_value().strip()
    try:
        target_of(stripped)
    except ValueError:
        # What the parser says may repeat parts of the address, which is a secret.
        raise ValueError("this is no whole address that begins with https://; copy it again") from None
    return SecretStr(stripped)


def _key(value: SecretStr) -> SecretStr:
    stripped = value.get_secret_value().strip()
    if not re.fullmatch(r"[!-~]+", stripped):
        raise ValueError("the key is empty or has a space or an unusual character in it; copy it again")
    return SecretStr(stripped)


SecretAddress = Annotated[SecretStr, Field(max_length=LONGEST_ADDRESS), AfterValidator(_whole_address)]
"""A web address that lets anybody post who knows it."""

Key = Annotated[SecretStr, Field(max_length=200), AfterValidator(_key)]
"""An API key, fit for a header."""


def secrets_in(url: str) -> Iterator[str]:
    """The parts of a secret address by which anybody could post, the longest first: a receiver may repeat them."""
    parts = urlsplit(url)
    values = [*parts.path.split("/"), *(pair.partition("=")[2] for pair in parts.query.split("&"))]
    drawn = [value for value in values if len(value) >= DRAWN_BY_LOT]
    whole = [url, f"{parts.path}?{parts.query}".removesuffix("?"), parts.path]
    written = {form for value in [*whole, *drawn] for form in (value, unquote(value)) if form.strip("/")}
    yield from sorted(written, key=len, reverse=True)

"""What `manage.py doctor` says of the optional language model: how it fares, whether its address answers, and what it
answers itself."""

from __future__ import annotations

import socket
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from apps.common.addresses import AddressError, checked_addresses
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.summaries.texts import is_on, standing, try_model
from apps.teams.models import Team

SECONDS = 5
PORTS = {"http": 80, "https": 443}


@record
class Finding:
    """What was found, as a sentence; `well` is None where it is worth a warning."""

    well: bool | None
    message: str


def look_at_model(now: datetime) -> Finding:
    """Whether it is configured, may be called and is not turned off; it costs nothing."""
    if not is_on():
        return Finding(True, "None is configured, so no text is generated and nothing is sent.")
    if trouble := _trouble_with_address():
        return Finding(False, trouble)
    state = standing(now)
    teams = Team.objects.filter(generated_summaries=True).count()
    if state.off_until:
        return Finding(None, f"It is not asked before {state.off_until:%H:%M} UTC: {state.error}")
    if state.used >= state.budget:
        return Finding(None, f"Its budget for today is used up ({state.used:,} of {state.budget:,} tokens).")
    used = f"{state.used:,} of {state.budget:,} tokens were used today"
    return Finding(True, f"{state.host} answers; {used}; switched on for {teams:,} team{'s' if teams != 1 else ''}.")


def ask_model() -> Finding:
    """Ask it for one word, which costs a few tokens."""
    if not is_on():
        return Finding(True, "None is configured. Set MIDWATCH_LLM_URL and MIDWATCH_LLM_MODEL to have one.")
    try:
        answer = try_model()
    except MidwatchError as error:
        return Finding(False, str(error))
    if not answer:
        return Finding(None, "It answered without a word. Perhaps the model declines, or thinks for too long.")
    return Finding(True, f"{settings.MIDWATCH_LLM_MODEL} answered.")


def _trouble_with_address() -> str:
    parts = urlsplit(settings.MIDWATCH_LLM_URL)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        addresses = checked_addresses(host, port, allow_private=settings.MIDWATCH_PRIVATE_ADDRESSES)
        socket.create_connection((addresses[0], port), timeout=SECONDS).close()
    except AddressError as error:
        return f"{error} Check MIDWATCH_LLM_URL."
    except OSError as error:
        return f"{host} cannot be reached on port {port} ({error.strerror or error}). Check MIDWATCH_LLM_URL."
    return ""

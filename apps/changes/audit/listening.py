"""What the libraries tell of: histories that were written, people who signed in and out.

The only receivers in Midwatch. Everything that keeps a history is audited because it keeps one: there is no place
where a new model could be forgotten.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from simple_history.signals import post_create_historical_record

from apps.changes.audit.actor import Actor, current, name_of, of_request
from apps.changes.audit.writing import write, write_history
from apps.changes.models import Act
from apps.common.clock import utc_now
from apps.teams.models import User

TRIED_LIMIT = 254


def listen() -> None:
    """Connect the receivers; once, when the apps are ready."""
    post_create_historical_record.connect(_history_written, dispatch_uid="audit history")
    user_logged_in.connect(_signed_in, dispatch_uid="audit sign-in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit sign-out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit failed sign-in")


def _history_written(sender: Any, instance: Any, history_instance: Any, **_: Any) -> None:
    write_history(instance, history_instance, current())


def _signed_in(sender: Any, request: HttpRequest | None, user: User, **_: Any) -> None:
    actor = _person(request, user)
    write(act=Act.SIGNED_IN, actor=actor, text=f"{actor.name} signed in.", now=utc_now(), row=user)


def _signed_out(sender: Any, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        actor = _person(request, user)
        write(act=Act.SIGNED_OUT, actor=actor, text=f"{actor.name} signed out.", now=utc_now(), row=user)


def _sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    tried = str(credentials.get("email") or credentials.get("username") or "nobody")[:TRIED_LIMIT]
    actor = of_request(request) if request is not None else current()
    write(
        act=Act.SIGN_IN_FAILED,
        actor=Actor("Somebody", address=actor.address),
        text=f"Somebody could not sign in as {tried}.",
        now=utc_now(),
    )


def _person(request: HttpRequest | None, user: User) -> Actor:
    address = of_request(request).address if request is not None else ""
    return Actor(name_of(user), user.pk, address)

"""Django's mail backend over SMTP, whose conversation can be ended at any point, also while it begins.

A server that answers a byte now and then resets every timeout of the socket. Only closing that ends it, and Django
hands the socket out when the server has greeted and let us in.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from apps.alerts.channels.http import cut

TOO_SLOW = "it took longer than {seconds:g} s"


class Smtp(EmailBackend):
    """`begun` is the conversation from its first moment on."""

    begun: smtplib.SMTP | None = None

    @property
    def connection_class(self) -> Any:
        own = super().connection_class

        def begin(*args: Any, **kwargs: Any) -> smtplib.SMTP:
            begun: smtplib.SMTP = own.__new__(own)
            self.begun = begun
            begun.__init__(*args, **kwargs)  # type: ignore[misc]
            return begun

        return begin


@contextmanager
def at_most(seconds: float, backend: BaseEmailBackend) -> Iterator[None]:
    """End the conversation of `backend`, and raise TimeoutError, when what happens inside takes longer."""
    ended = threading.Event()

    def end() -> None:
        ended.set()
        cut(getattr(getattr(backend, "begun", None), "sock", None))

    watch = threading.Timer(seconds, end)
    watch.start()
    try:
        yield
    except OSError as error:
        if ended.is_set():
            raise TimeoutError(TOO_SLOW.format(seconds=seconds)) from error
        raise
    finally:
        watch.cancel()
    if ended.is_set():
        raise TimeoutError(TOO_SLOW.format(seconds=seconds))

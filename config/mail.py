"""EMAIL_URL: `smtp://user:password@host:port`, `smtp+tls://…` (STARTTLS) or `smtps://…` (TLS from the first byte)."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from apps.common.records import record

DEFAULT_SENDER = "Midwatch <midwatch@localhost>"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@record
class MailSettings:
    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    ssl: bool = False
    sender: str = DEFAULT_SENDER


def settings(url: str) -> MailSettings:
    """Read EMAIL_URL; `?from=alerts@example.com` sets the sender. Empty: mails become files in MIDWATCH_HOME/outbox."""
    if not url:
        return MailSettings(backend="apps.alerts.outbox.mailfile.FileOutbox")
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL is not understood. Write smtp://user:password@host:port, smtp+tls://… or smtps://…"
        )
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise ImproperlyConfigured("EMAIL_URL has a port that is no number from 1 to 65535.") from error
    return MailSettings(
        backend="apps.alerts.channels.smtp.Smtp",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+tls",
        ssl=parts.scheme == "smtps",
        sender=parse_qs(parts.query).get("from", [DEFAULT_SENDER])[0],
    )

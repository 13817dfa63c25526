"""A mail backend for installations without a mail server: each mail becomes a file that the outbox page shows."""

from __future__ import annotations

import base64
import os
import re
import tempfile
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage as Mail
from django.core.mail.backends.base import BaseEmailBackend

from apps.common.clock import utc_now
from apps.common.records import record

NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml")


class FileOutbox(BaseEmailBackend):
    """Writes mails into `settings.EMAIL_OUTBOX`, each whole or not at all."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[Mail]) -> int:
        folder = Path(settings.EMAIL_OUTBOX)
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            _write(folder, mail.message().as_bytes())
        return len(email_messages)


@record
class SavedMail:
    """A mail in the outbox, as a person reads it. `name` is its file's."""

    name: str
    sent_at: datetime | None
    sender: str
    to: str
    subject: str
    delivery: str
    text: str
    html: str


def saved_mails(folder: Path, *, limit: int = 200) -> list[SavedMail]:
    """The newest mails of the outbox, the latest first."""
    names = sorted((path.name for path in folder.glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)[:limit]
    return [mail for name in names if (mail := saved_mail(folder, name))]


def saved_mail(folder: Path, name: str) -> SavedMail | None:
    """The mail in the file `name`; None when there is none of that name."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    mail = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    return SavedMail(
        name=name,
        sent_at=_moment(str(mail["Date"] or "")),
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        delivery=str(mail["X-Midwatch-Delivery"] or ""),
        text=_part(mail, "plain"),
        html=_with_pictures(mail, _part(mail, "html")),
    )


def _moment(date: str) -> datetime | None:
    """A date that ends in -0000, as Django writes it, means UTC but is parsed without a zone."""
    if not date:
        return None
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _with_pictures(mail: EmailMessage, html: str) -> str:
    """The HTML with its pictures in it: a page cannot show those that came along as parts of the mail."""
    for part in mail.walk():
        name, content = str(part["Content-ID"] or "").strip("<>"), part.get_payload(decode=True)
        if name and isinstance(content, bytes) and part.get_content_maintype() == "image":
            data = base64.b64encode(content).decode()
            html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{data}")
    return html


def _write(folder: Path, content: bytes) -> None:
    """Write beside, then rename: nobody ever reads half a mail."""
    name = f"{utc_now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}.eml"
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise

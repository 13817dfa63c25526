"""Mail to one or more people, through Django's mail backend, as text and HTML."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from email.mime.image import MIMEImage
from email.utils import parseaddr
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.template.loader import render_to_string
from pydantic import Field, field_validator

from apps.alerts.answering.acts import Answer
from apps.alerts.answering.links import Ticket, address_of
from apps.alerts.channels.comparison import comparison_of
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendFailed, SendRefused, Sent
from apps.alerts.channels.picture import draw
from apps.common.plugins import Settings

MAX_RECIPIENTS = 50
ANSWER_LIMIT = 200
PICTURE = "seen@midwatch"
COLORS = {
    "resolved": "#1a7f4b",
    "test": "#475569",
    "critical": "#b42318",
    "high": "#c4500c",
    "medium": "#a16207",
    "low": "#475569",
}


class EmailSettings(Settings):
    """Who gets the mail."""

    to: list[str] = Field(
        title="To", description="The mail addresses that get the messages.", min_length=1, max_length=MAX_RECIPIENTS
    )
    answers: bool = Field(
        default=True,
        title="Answers",
        description="Whether whoever gets a mail may acknowledge, snooze or dismiss the incident by a link in it, "
        "without signing in.",
    )

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        for address in value:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValueError(f"{address!r} is no mail address; write one such as ops@example.com") from error
        return list(dict.fromkeys(value))


class Email(ChannelDriver):
    """Every recipient gets a mail of their own, so that one refused address is noticed and harms no other."""

    label = "Email"
    repeat = Repeat.VISIBLE
    Settings: ClassVar[type[Settings]] = EmailSettings

    def send(self, outgoing: Outgoing) -> Sent:
        elsewhere = outgoing.message.facts.get("told_elsewhere", ())  # by another mail about the same event
        recipients = [to for to in self.settings.to if to.casefold() not in elsewhere]
        backend = get_connection()
        try:
            backend.open()
        except (smtplib.SMTPException, OSError) as error:
            raise SendFailed(_open_words(error)) from error
        try:
            mails = {to: mail_to(to, outgoing, answers=self.settings.answers) for to in recipients}
            troubles = {to: trouble for to, mail in mails.items() if (trouble := _send(backend, mail))}
        finally:
            # The mails are accepted by now; a server that is rude at the goodbye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                backend.close()
        return _verdict(recipients, troubles)


class Mail(EmailMultiAlternatives):
    """A mail whose attachments belong to its text, and are no files that came along."""

    mixed_subtype = "related"


def _send(backend: BaseEmailBackend, mail: Mail) -> Exception | None:
    try:
        backend.send_messages([mail])
    except (smtplib.SMTPException, OSError) as error:
        return error
    return None


def mail_to(to: str, outgoing: Outgoing, *, answers: bool) -> Mail:
    """The mail for one recipient. All mails about an incident refer to one root, which makes them one thread."""
    message, root = outgoing.message, _message_id(outgoing.thread)
    headers = {
        "Message-ID": _message_id(outgoing.key),
        "References": root,
        "X-Midwatch-Delivery": outgoing.key,
        "Auto-Submitted": "auto-generated",
        **({} if outgoing.first_in_thread else {"In-Reply-To": root}),
    }
    comparison = comparison_of(message.facts) if outgoing.answerable else None
    context: dict[str, Any] = {
        "message": message,
        "color": COLORS.get(message.kind) or COLORS[message.severity],
        "answers": _answers(to, outgoing) if answers else [],
        "picture": f"cid:{PICTURE}" if comparison else "",
        "caption": comparison.caption if comparison else "",
    }
    mail = Mail(
        subject=message.subject,
        body=render_to_string("alerts/mail.txt", context),
        to=[to],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("alerts/mail.html", context), "text/html")
    if comparison:
        mail.attach(_inline(draw(comparison)))
    return mail


def _answers(to: str, outgoing: Outgoing) -> list[tuple[str, str]]:
    """What can be answered by a link, as (label, address). Nothing where mails become files that others read too."""
    if not settings.EMAIL_CONFIGURED or not outgoing.answerable:
        return []
    return [(answer.label, address_of(Ticket(outgoing.key, to, answer))) for answer in Answer]


def _inline(content: bytes) -> MIMEImage:
    image = MIMEImage(content, "png")
    image.add_header("Content-ID", f"<{PICTURE}>")
    image.add_header("Content-Disposition", "inline", filename="seen.png")
    return image


def _message_id(name: str) -> str:
    """The sender's own domain, so that the id looks like the rest of the mail."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{name}@{domain or 'midwatch'}>"


def _verdict(recipients: list[str], troubles: dict[str, Exception]) -> Sent:
    """The receipt. Raises SendFailed when some recipient may be reached later, SendRefused when none ever can."""
    if not troubles:
        return Sent(f"The mail server accepted {_mails(len(recipients))}.")
    words = " ".join(f"Not accepted for {to}: {_words(error)}." for to, error in troubles.items())
    arrived = len(recipients) - len(troubles)
    if any(not _is_permanent(error) for error in troubles.values()):
        broken_off = any(_code(error) is None for error in troubles.values())
        raise SendFailed(words, unconfirmed=arrived > 0 or broken_off)
    if not arrived:
        raise SendRefused(words)
    return Sent(f"The mail server accepted {_mails(arrived)}. {words}")


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{number} mails"


def _is_permanent(error: Exception) -> bool:
    code = _code(error)
    return code is not None and code >= 500


def _code(error: Exception) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((int(answer[0]) for answer in error.recipients.values()), default=None)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else None


def _words(error: Exception) -> str:
    """The server's answer, or what became of the connection, on one line."""
    answer: Any = error
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = next(iter(error.recipients.values()))[1]
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    line = " ".join(text.split())[:ANSWER_LIMIT].rstrip(".") or type(error).__name__
    code = _code(error)
    return f"{code} {line}" if code else line


def _open_words(error: Exception) -> str:
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server {place} refused the login ({_words(error)}). Correct user and password in EMAIL_URL."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return (
            f"The mail server {place} closed the connection. That is often a wrong password, or the wrong kind of "
            "encryption: check EMAIL_URL."
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"The mail server {place} does not offer what EMAIL_URL asks for: {_words(error)}."
    return f"The mail server {place} cannot be reached ({_words(error)}). Check EMAIL_URL and the server."

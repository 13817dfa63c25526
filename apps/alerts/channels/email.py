"""Mail to one or more people, through Django's mail backend, as text and HTML."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from pydantic import Field, field_validator

from apps.alerts.channels import serving
from apps.alerts.channels.contract import (
    ACCEPTED,
    DOUBTFUL,
    ChannelDriver,
    Outgoing,
    Repeat,
    SendFailed,
    Sent,
)
from apps.alerts.channels.mails import Mail, Picture, mail_to, picture_of
from apps.alerts.channels.smtp import at_most
from apps.common import fault
from apps.common.plugins import Settings

MAX_RECIPIENTS = 50
MAIL_SECONDS = 45.0  # with the goodbye less than the lease, which each mail renews; so is the greeting
GOODBYE_SECONDS = 5.0
GOING = 421  # the server takes nothing more and ends the conversation (RFC 5321, section 3.8)
ANSWER_LIMIT = 200


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
    """Every recipient gets a mail of their own, so that one refused address is noticed and harms no other.

    How it went for each is kept: a later attempt goes to nobody who has the mail, or whom the server refuses for good.
    """

    label = "Email"
    repeat = Repeat.VISIBLE
    several = True
    shows_evidence = True
    Settings: ClassVar[type[Settings]] = EmailSettings

    def send(self, outgoing: Outgoing) -> Sent:
        elsewhere = outgoing.message.facts.get("told_elsewhere", ())  # by another mail about the same event
        recipients = [to for to in self.settings.to if to.casefold() not in elsewhere]
        left = serving.left(recipients, outgoing)
        picture = picture_of(outgoing) if left else None
        mails = {to: self._mail(to, outgoing, picture) for to in left}
        troubles = _send_all(mails, outgoing) if mails else {}
        return serving.verdict(recipients, outgoing, {to: _words(error) for to, error in troubles.items()})

    def _mail(self, to: str, outgoing: Outgoing, picture: Picture | None) -> Mail:
        doubtful = outgoing.served.get(to) == DOUBTFUL
        message = outgoing.again if doubtful and outgoing.again else outgoing.message
        return mail_to(to, replace(outgoing, message=message), answers=self.settings.answers, picture=picture)


def _send_all(mails: Mapping[str, Mail], outgoing: Outgoing) -> dict[str, Exception]:
    """Send one mail after the other and note how each went. Returns what stands in the way of those that wait on: after
    a connection that broke off, all that were not tried yet."""
    backend = get_connection()
    troubles: dict[str, Exception] = {}
    try:
        with at_most(MAIL_SECONDS, backend):
            backend.open()
    except (smtplib.SMTPException, OSError) as error:
        raise SendFailed(_open_words(error), others=True) from error
    try:
        for to, mail in mails.items():
            before = outgoing.served.get(to)
            outgoing.served[to] = DOUBTFUL  # so it is, should this process die now
            outgoing.keep()
            trouble = _send(backend, mail)
            fault.reached("request left")
            if trouble is None:
                outgoing.served[to] = ACCEPTED
            elif _is_permanent(trouble):
                outgoing.served[to] = _words(trouble)
            else:
                troubles[to] = trouble
                if _code(trouble) is not None:
                    serving.set_back(outgoing, to, before)
                if _code(trouble) in (None, GOING):
                    break  # the connection is gone; without an answer nobody knows what became of this mail
    finally:
        # The mails are accepted by now; a server that is rude at the goodbye changes nothing.
        with suppress(smtplib.SMTPException, OSError), at_most(GOODBYE_SECONDS, backend):
            backend.close()
    return troubles


def _send(backend: BaseEmailBackend, mail: Mail) -> Exception | None:
    try:
        with at_most(MAIL_SECONDS, backend):
            backend.send_messages([mail])
    except (smtplib.SMTPException, OSError) as error:
        return error
    return None


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

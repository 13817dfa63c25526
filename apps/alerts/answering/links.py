"""The signed addresses in mails by which one tap answers, without signing in.

An address names the delivery, the mail address it went to and the answer; Django signs it together with the time.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing

from apps.alerts.answering.acts import Answer
from apps.common.records import record

LASTS = timedelta(days=7)
SALT = "midwatch.answer"
PLACE = "answer"


@record
class Ticket:
    """What an address stands for: the answer that whoever got the message may give."""

    delivery: str
    to: str
    answer: Answer


def address_of(ticket: Ticket) -> str:
    """The address to put into a message."""
    token = signing.dumps([ticket.delivery, ticket.to, ticket.answer], salt=SALT)
    return f"{settings.MIDWATCH_BASE_URL}/{PLACE}/{token}/"


def ticket_of(token: str) -> Ticket:
    """What a token stands for. Raises SignatureExpired after seven days, BadSignature for one that is not ours."""
    delivery, to, answer = signing.loads(token, salt=SALT, max_age=LASTS)
    return Ticket(delivery, to, Answer(answer))


def digest_of(token: str) -> str:
    """By what a used token is remembered."""
    return hashlib.sha256(token.encode()).hexdigest()

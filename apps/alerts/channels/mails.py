"""One mail about one delivery: its text, its HTML, the picture, and the headers that make a thread."""

from __future__ import annotations

from collections.abc import Sequence
from email.mime.image import MIMEImage
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apps.alerts.answering.acts import Answer
from apps.alerts.answering.links import Ticket, address_of
from apps.alerts.channels.comparison import comparison_of
from apps.alerts.channels.contract import Outgoing
from apps.common.records import record
from apps.summaries.services import Message, in_language

PICTURE = "seen@midwatch"
COLORS = {
    "resolved": "#1a7f4b", "test": "#475569", "digest": "#20548d",
    "critical": "#b42318", "high": "#b54708", "medium": "#946200", "low": "#475569",
}  # fmt: skip
LABELS = {"resolved": "Resolved", "test": "Test", "digest": "Digest"}
FIXED = {"open": "Open in Midwatch", "choose": "Choose what reaches you", "in_picture": "In the picture"}
LEFT_OUT = "{number} lines are left out here; the page has them all."
PREHEADER = 140
LARGEST = 90_000  # characters of HTML; some providers hide what comes after 100 kB
Sections = Sequence[tuple[str, Sequence[tuple[str, str]]]]


@record
class Picture:
    """A PNG, and what it shows in words."""

    content: bytes
    caption: str


class Mail(EmailMultiAlternatives):
    """A mail whose attachments belong to its text, and are no files that came along."""

    mixed_subtype = "related"


def picture_of(outgoing: Outgoing) -> Picture | None:
    """What was measured as a chart; where only two numbers are known, those beside each other. The same for all
    recipients."""
    if outgoing.chart:
        from apps.alerts.channels.chartpicture import draw_chart  # noqa: PLC0415 (Pillow, only where something is drawn)

        caption = in_language(outgoing.chart_words, facts=outgoing.message.facts)
        return Picture(draw_chart(outgoing.chart, _zone(outgoing.message)), caption)
    comparison = comparison_of(outgoing.message.facts) if outgoing.answerable else None
    if comparison is None:
        return None
    from apps.alerts.channels.picture import draw  # noqa: PLC0415 (as above)

    return Picture(draw(comparison), comparison.caption)


def mail_to(to: str, outgoing: Outgoing, *, answers: bool, picture: Picture | None) -> Mail:
    """The mail for one recipient. All mails about an incident refer to one root, which makes them one thread."""
    message, root = outgoing.message, _message_id(outgoing.thread)
    notifications = f"{settings.MIDWATCH_BASE_URL}/notifications/" if outgoing.personal else ""
    headers = {
        "Message-ID": _message_id(outgoing.key),
        "References": root,
        "X-Midwatch-Delivery": outgoing.key,
        "Auto-Submitted": "auto-generated",
        **({} if outgoing.first_in_thread else {"In-Reply-To": root}),
        **({"List-Unsubscribe": f"<{notifications}>"} if notifications else {}),
    }
    context: dict[str, Any] = {
        "message": message,
        "color": COLORS.get(message.kind) or COLORS[message.severity],
        "label": in_language(LABELS.get(message.kind) or message.severity.capitalize(), facts=message.facts),
        "language": message.facts.get("language", "en"),
        **{name: in_language(text, facts=message.facts) for name, text in FIXED.items()},
        "preheader": _preheader(message),
        "answers": _answers(to, outgoing) if answers else [],
        "picture": f"cid:{PICTURE}" if picture else "",
        "caption": picture.caption if picture else "",
        "sections": message.sections,
        "notifications": notifications,
    }
    mail = Mail(subject=message.subject, body=render_to_string("alerts/mail.txt", context), to=[to], headers=headers)
    mail.attach_alternative(_html(context, message.sections), "text/html")
    if picture:
        mail.attach(_inline(picture.content))
    return mail


def _html(context: dict[str, Any], sections: Sections) -> str:
    """Small enough to be shown whole: lines of the longest lists are left out, and the mail says so."""
    shown: Sections = sections
    while True:
        more = sum(len(rows) for _, rows in sections) - sum(len(rows) for _, rows in shown)
        left_out = in_language(LEFT_OUT.format(number=f"{more:,}"), facts=context["message"].facts) if more else ""
        html = render_to_string("alerts/mail.html", {**context, "first_sections": shown, "left_out": left_out})
        longest = max((len(rows) for _, rows in shown), default=0)
        if len(html) <= LARGEST or longest <= 1:
            return html
        shown = [(title, rows[: longest // 2]) for title, rows in shown]


def _preheader(message: Message) -> str:
    """What a list of mails shows after the subject: the numbers, which the subject does not have."""
    known = [in_language(name, facts=message.facts) for name in ("Table", "Connection", "Please note")]
    told = [f"{name}: {value}" for name, value in message.details if name not in known]
    return " · ".join(told[:3])[:PREHEADER] or message.headline[:PREHEADER]


def _zone(message: Message) -> ZoneInfo:
    try:
        return ZoneInfo(str(message.facts.get("timezone") or "UTC"))
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def _answers(to: str, outgoing: Outgoing) -> list[tuple[str, str]]:
    """What can be answered by a link, as (label, address). Nothing where mails become files that others read too."""
    if not settings.EMAIL_CONFIGURED or not outgoing.answerable:
        return []
    facts = outgoing.message.facts
    return [(in_language(answer.label, facts=facts), address_of(Ticket(outgoing.key, to, answer))) for answer in Answer]


def _inline(content: bytes) -> MIMEImage:
    image = MIMEImage(content, "png")
    image.add_header("Content-ID", f"<{PICTURE}>")
    image.add_header("Content-Disposition", "inline", filename="seen.png")
    return image


def _message_id(name: str) -> str:
    """The sender's own domain, so that the id looks like the rest of the mail."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{name}@{domain or 'midwatch'}>"

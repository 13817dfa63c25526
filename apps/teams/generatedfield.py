"""What the form of a team says beside the switch of generated texts: what is sent, and where to."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

OFF = "No language model is configured here (MIDWATCH_LLM_URL), so nothing is sent whatever is chosen. "
TO = "Sent to {host} for the model {model}: "
WHAT = (
    "what Midwatch itself says of an incident, of a night, or of changes that somebody asks about (names of tables, "
    "columns, rules and connections, numbers, times, errors). Never sent: rows, the values of groups, the names of the "
    "team's members, mail addresses, telephone, account and card numbers. Every text is checked against these facts "
    "before it is shown, below the plain one. "
)


def generated_help() -> SafeString:
    """The help below the switch."""
    to = TO.format(host=settings.MIDWATCH_LLM_URL, model=settings.MIDWATCH_LLM_MODEL)
    words = to if settings.MIDWATCH_LLM_URL else f"{OFF}It would be sent: "
    link = format_html('<a href="{}">Generated texts</a>', reverse("admin:generated"))
    return format_html("{}{}The page {} shows every prompt and answer.", words, WHAT, link)

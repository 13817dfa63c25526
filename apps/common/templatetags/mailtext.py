"""Lines of a plain mail."""

from __future__ import annotations

import textwrap

from django import template

register = template.Library()

WIDTH = 76


@register.filter
def wrapped(text: str, indent: str = "  ") -> str:
    """`text` in lines that every mail program shows whole; what goes on is set in. An address is never cut in two."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

"""The language that a text is written in, by Django's translation.

English is what stands in the code: writing it opens no catalogue, which every check would pay for, and it is not
changed by the language of a web request. The functions are called as Django's are, so that `makemessages` finds what
they are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import translation

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
_spoken: ContextVar[str] = ContextVar("language of texts", default=ENGLISH)

Pair = tuple[str, str]


@contextmanager
def speaking(language: object) -> Iterator[None]:
    """What is written inside is written in `language`; in English when there is no catalogue of that name."""
    known = str(language) if str(language) in LANGUAGES else ENGLISH
    token = _spoken.set(known)
    try:
        if known == ENGLISH:
            yield
        else:
            with translation.override(known):
                yield
    finally:
        _spoken.reset(token)


def is_english() -> bool:
    """Whether texts are written in English here."""
    return _spoken.get() == ENGLISH


def spoken() -> str:
    """The language that texts are written in here."""
    return _spoken.get()


def gettext(message: str) -> str:
    return message if is_english() or not message else translation.gettext(message)


def pgettext(context: str, message: str) -> str:
    return message if is_english() else translation.pgettext(context, message)


def ngettext(singular: str, plural: str, number: int) -> str:
    if is_english():
        return singular if number == 1 else plural
    return translation.ngettext(singular, plural, number)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    if is_english():
        return singular if number == 1 else plural
    return translation.npgettext(context, singular, plural, number)


def gettext_noop(message: str) -> str:
    """`message`, marked for translation: whoever writes it passes it on to `gettext`."""
    return message


def ngettext_lazy(singular: str, plural: str) -> Pair:
    """Both forms, marked for translation: whoever counts chooses one."""
    return singular, plural

"""Badges: a small SVG that says how a page or a product stands, in light and dark. Pure."""

from __future__ import annotations

from django.template.loader import render_to_string

from apps.common.records import record
from apps.status.view import ProductLine, Shown
from apps.status.words import LABELS, State, percent_words

# Widths of Verdana at 11 px, rounded up, by the first list that has the character.
WIDTHS = ((4, " ilj.,:;'|!"), (5, "frtI()[]-"), (11, "mwMW%–—"), (8, "ABCDEGHNOPQRUVXYÄÖÜ"))
WIDTH = 7
EDGE = 6
LONGEST = 40
COLOURS = {
    State.OK: ("#1a7f4b", "#2f9e65"),
    State.DOWN: ("#c2271d", "#d9463c"),
    State.UNKNOWN: ("#9a5b00", "#a8701c"),
}
CALM = ("#59636e", "#6b7683")


@record
class Badge:
    """What a badge says: a name, and how it stands."""

    name: str
    words: str
    state: State


def state_badge(shown: Shown) -> Badge:
    """How the whole page stands."""
    board = shown.board
    broken = [each for each in board.products if each.state is State.DOWN]
    if not broken:
        return Badge(shown.page.name, LABELS[board.state].lower(), board.state)
    words = broken[0].trouble if len(board.products) == 1 else f"trouble in {len(broken)} of {len(board.products)}"
    return Badge(shown.page.name, words, State.DOWN)


def product_badge(line: ProductLine) -> Badge:
    """How a product stands."""
    return Badge(line.product.asked.name, line.product.label.lower(), line.product.state)


def sla_badge(line: ProductLine) -> Badge:
    """The SLA of the present month, green as long as it meets its target."""
    month = line.this_month
    met = month.met if month else None
    state = State.EMPTY if met is None else State.OK if met else State.DOWN
    return Badge(f"{line.product.asked.name} SLA", percent_words(month.share.percent if month else None), state)


def page_sla_badge(shown: Shown) -> Badge:
    """How many products meet their targets in the present month."""
    mets = [line.this_month.met for line in shown.products if line.this_month and line.this_month.met is not None]
    state = State.EMPTY if not mets else State.OK if all(mets) else State.DOWN
    words = f"{sum(mets)} of {len(mets)} on target" if mets else "–"
    return Badge(f"{shown.page.name} SLA", words, state)


def svg_of(badge: Badge) -> str:
    """The badge as SVG, with a title that says it in words."""
    name, words = _short(badge.name), _short(badge.words)
    left, right = _width(name) + 2 * EDGE, _width(words) + 2 * EDGE
    light, dark = COLOURS.get(badge.state, CALM)
    context = {
        "name": name, "words": words, "title": f"{badge.name}: {badge.words}", "left": left, "right": right,
        "width": left + right, "light": light, "dark": dark, "name_at": left / 2, "words_at": left + right / 2,
    }  # fmt: skip
    return render_to_string("status/badge.svg", context)


def _width(text: str) -> int:
    return sum(next((width for width, letters in WIDTHS if letter in letters), WIDTH) for letter in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"

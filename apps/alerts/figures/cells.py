"""The figures of a row as its page shows them: each with its name, and beside that of the month before."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat

from apps.alerts.figures.reading import Standing
from apps.alerts.figures.record import Figures
from apps.common.templatetags.midwatch import length_words

Cell = tuple[str, str, str]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{floatformat(share, -1)} %"


COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("Incidents", lambda figures: intcomma(figures.incidents)),
    ("Noticed after", lambda figures: length_words(figures.detect)),
    ("Told after", lambda figures: length_words(figures.notify)),
    ("Taken up after", lambda figures: length_words(figures.acknowledge)),
    ("Over after", lambda figures: length_words(figures.resolve)),
    ("Precision", lambda figures: _percent(figures.precision)),
    ("Came back", lambda figures: _percent(figures.reopen_rate)),
    ("At night", lambda figures: _percent(figures.night_share)),
)


def cells(standing: Standing) -> list[Cell]:
    """The name of each column, the figure, and the one of the month before."""
    return [(name, words(standing.this), words(standing.last)) for name, words in COLUMNS]

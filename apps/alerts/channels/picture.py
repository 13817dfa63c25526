"""A comparison as a small PNG for mails, which cannot draw: bars from zero, and a shade over what is fine."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from apps.alerts.channels.comparison import Comparison

# Twice the size at which it is shown, so that it is sharp on fine screens.
SCALE = 2
WIDTH, ROW, MARGIN = 520 * SCALE, 38 * SCALE, 12 * SCALE
LABELS, WORDS = 100 * SCALE, 135 * SCALE  # room for names on the left and for numbers on the right
BAR = 20 * SCALE
# The font that Pillow brings along has the letters of English alone.
LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
COLORS = {"ground": "#ffffff", "text": "#1b1f24", "quiet": "#5b6470", "seen": "#c4500c", "held": "#98a2b3",
          "fine": "#e3f2e8", "edge": "#1a7f4b"}  # fmt: skip
PALETTE = 32


def draw(comparison: Comparison) -> bytes:
    """The PNG, some kilobytes."""
    height = 2 * MARGIN + ROW * len(comparison.bars) + (ROW * 2 // 3 if comparison.fine else 0)
    picture = Image.new("RGB", (WIDTH, height), COLORS["ground"])
    canvas = ImageDraw.Draw(picture)
    scale = _Scale(comparison)
    if comparison.fine:
        _shade(canvas, comparison, scale, height)
    for place, bar in enumerate(comparison.bars):
        top = MARGIN + place * ROW + (ROW - BAR) // 2
        middle = top + BAR // 2
        start, end = sorted((scale.at(0), scale.at(bar.value)))
        color = COLORS["held" if place else "seen"]
        canvas.rectangle((start, top, max(end, start + SCALE), top + BAR), fill=color)
        canvas.text((MARGIN, middle), _short(bar.name), COLORS["quiet"], _font(13), anchor="lm")
        canvas.text((WIDTH - MARGIN, middle), _short(bar.words), COLORS["text"], _font(13), anchor="rm")
    content = BytesIO()
    picture.quantize(PALETTE).save(content, "PNG", optimize=True)
    return content.getvalue()


class _Scale:
    """Where a number lies from left to right. Zero is always on it, so that lengths can be compared."""

    def __init__(self, comparison: Comparison) -> None:
        numbers = list(_numbers(comparison))
        self.least, most = min(numbers), max(numbers)
        self.left, self.right = MARGIN + LABELS, WIDTH - MARGIN - WORDS
        # What lies beyond the largest number may be fine as well, so a little of it is shown.
        self.each = (self.right - self.left) / (1.08 * (most - self.least) or 1)

    def at(self, value: float) -> int:
        return self.left + round((value - self.least) * self.each)


def _numbers(comparison: Comparison) -> Iterator[float]:
    yield 0.0
    yield from (bar.value for bar in comparison.bars)
    yield from (edge for edge in (comparison.low, comparison.high) if edge is not None)


def _shade(canvas: ImageDraw.ImageDraw, comparison: Comparison, scale: _Scale, height: int) -> None:
    start = scale.left if comparison.low is None else scale.at(comparison.low)
    end = scale.right if comparison.high is None else scale.at(comparison.high)
    bottom = height - MARGIN - ROW * 2 // 3 + 4 * SCALE
    canvas.rectangle((start, MARGIN, end, bottom), fill=COLORS["fine"])
    for edge in (comparison.low, comparison.high):
        if edge is not None:
            canvas.line((scale.at(edge), MARGIN, scale.at(edge), bottom), fill=COLORS["edge"], width=SCALE)
    words = f"{comparison.fine_label}: {comparison.fine}"
    canvas.text((scale.left, height - MARGIN), _short(words, 60), COLORS["edge"], _font(12), anchor="lb")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


def _short(words: str, limit: int = 18) -> str:
    words = words.translate(LETTERS)
    return words if len(words) <= limit else f"{words[: limit - 1]}…"

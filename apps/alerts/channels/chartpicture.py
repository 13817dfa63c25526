"""The chart of a trouble as a PNG for mails, which cannot draw: what was measured, the limits, the band of what is
usual, the values beyond them, and the moments of the trouble; with times in the zone of the rule.

Shapes are drawn at twice the size of the picture and made smaller, which smooths their edges; words are drawn after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

from apps.alerts.channels.chartscale import Scales, moment_labels, number_labels
from apps.common.records import record

Chart = Mapping[str, Any]
Numbers = Sequence[float | None]
Point = tuple[float, float]

FINE = 2  # twice the size at which it is shown, so that it is sharp on fine screens
SMOOTH = 2
WIDTH, HEIGHT = 480, 280  # as shown; on a phone at two thirds of it, so the words are large
LEFT, TOP, RIGHT, BOTTOM = 58, 34, 466, 202  # of the field within the axes
COLORS = {
    "ground": "#ffffff", "grid": "#e6e9ed", "text": "#1b1f24", "quiet": "#5b6470", "value": "#2563a8",
    "limit": "#c2271d", "usual": "#dcefe4", "edge": "#7fbf9b", "unusual": "#9a5b00", "moment": "#9a5b00",
}  # fmt: skip
PALETTE = 64
DASH = (6, 5)
ALONE = 40  # half the length of a limit at one point


def draw_chart(chart: Chart, zone: ZoneInfo) -> bytes:
    """The PNG, some ten kilobytes. `chart` is what static/midwatch/chart.js draws."""
    scales = Scales.of(chart, (LEFT, TOP, RIGHT, BOTTOM))
    picture = Image.new("RGB", (WIDTH * FINE * SMOOTH, HEIGHT * FINE * SMOOTH), COLORS["ground"])
    _shapes(Pen(ImageDraw.Draw(picture), FINE * SMOOTH), chart, scales, zone)
    smooth = picture.resize((WIDTH * FINE, HEIGHT * FINE), Image.Resampling.LANCZOS)
    _words(ImageDraw.Draw(smooth), chart, scales, zone)
    content = BytesIO()
    smooth.quantize(PALETTE, Image.Quantize.MAXCOVERAGE).save(content, "PNG", optimize=True)
    return content.getvalue()


@record
class Pen:
    """Draws with the coordinates of the picture as it is shown."""

    canvas: ImageDraw.ImageDraw
    scale: int

    def line(self, points: Sequence[Point], color: str, width: float) -> None:
        self.canvas.line(self._all(points), fill=color, width=round(width * self.scale), joint="curve")

    def dashed(self, points: Sequence[Point], color: str, width: float = 1.5) -> None:
        """Dashes that go on from one stretch of the line to the next."""
        on, off = DASH
        walked = 0.0
        for (x, y), (to_x, to_y) in pairwise(points):
            length = max(abs(to_x - x), abs(to_y - y))
            for step in range(max(1, round(length))):
                if (walked + step) % (on + off) < on:
                    part, end = step / max(length, 1), min(1.0, (step + 1) / max(length, 1))
                    ends = [(x + (to_x - x) * at, y + (to_y - y) * at) for at in (part, end)]
                    self.line(ends, color, width)
            walked += length

    def area(self, points: Sequence[Point], color: str) -> None:
        self.canvas.polygon(self._all(points), fill=color)

    def dot(self, place: Point, radius: float, *, fill: str | None = None, ring: str | None = None) -> None:
        x, y = place
        box = self._all([(x - radius, y - radius), (x + radius, y + radius)])
        self.canvas.ellipse(box, fill=fill, outline=ring, width=2 * self.scale if ring else 0)

    def _all(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]


def _shapes(pen: Pen, chart: Chart, scales: Scales, zone: ZoneInfo) -> None:
    for value, _ in number_labels(scales):
        pen.line([(LEFT, scales.y(value)), (RIGHT, scales.y(value))], COLORS["grid"], 1)
    for low, high in _band(chart, scales):
        pen.area([*high, *reversed(low)], COLORS["usual"])
        pen.line(low, COLORS["edge"], 1)
        pen.line(high, COLORS["edge"], 1)
    for moment in chart.get("moments", ()):
        x = scales.x(moment["at"])
        pen.dashed([(x, TOP), (x, BOTTOM)], COLORS["moment"], 1)
    for run in _runs(chart["values"], chart, scales):
        pen.line(run, COLORS["value"], 2)
    for name in ("low", "high"):
        for run in _runs(chart[name], chart, scales):
            pen.dashed(run if len(run) > 1 else _around(run[0]), COLORS["limit"])
    for index in chart["unusual"]:
        pen.dot(_place(chart, scales, index), 6, ring=COLORS["unusual"])
    for index in chart["breached"]:
        pen.dot(_place(chart, scales, index), 3.5, fill=COLORS["limit"])


def _runs(numbers: Numbers, chart: Chart, scales: Scales) -> Iterator[list[Point]]:
    """The stretches without a gap."""
    run: list[Point] = []
    for at, value in zip(chart["times"], numbers, strict=True):
        if value is not None:
            run.append((scales.x(at), scales.y(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _around(place: Point) -> list[Point]:
    """A short line for a limit that one check alone had, which would be none."""
    x, y = place
    return [(max(LEFT, x - ALONE), y), (min(RIGHT, x + ALONE), y)]


def _band(chart: Chart, scales: Scales) -> Iterator[tuple[list[Point], list[Point]]]:
    """The lower and the upper edge of each stretch; one without an upper limit reaches to the top."""
    lows, highs = chart["learned_low"], chart["learned_high"]
    edges = zip(lows, highs, strict=True)
    tops = [None if low is None else scales.top if high is None else high for low, high in edges]
    pairs = zip(_runs(lows, chart, scales), _runs(tops, chart, scales), strict=True)
    yield from (pair for pair in pairs if len(pair[0]) > 1)


def _place(chart: Chart, scales: Scales, index: int) -> Point:
    return scales.x(chart["times"][index]), scales.y(chart["values"][index] or 0.0)


def _words(canvas: ImageDraw.ImageDraw, chart: Chart, scales: Scales, zone: ZoneInfo) -> None:
    def write(place: Point, words: str, color: str, anchor: str, size: int = 13) -> None:
        at = (place[0] * FINE, place[1] * FINE)
        halo = 2 * FINE if color == "moment" else 0  # these stand on lines
        canvas.text(at, words, COLORS[color], _font(size), anchor, stroke_width=halo, stroke_fill=COLORS["ground"])

    unit = "" if chart["label"].lower() == chart["unit"] else f" ({chart['unit']})"
    write((12, 10), f"{chart['label']}{unit}", "text", "lt", 14)
    for value, words in number_labels(scales):
        write((LEFT - 8, scales.y(value)), words, "quiet", "rm")
    for at, clock, day in moment_labels(scales, zone):
        write((scales.x(at), BOTTOM + 8), clock, "quiet", "mt")
        write((scales.x(at), BOTTOM + 25), day, "quiet", "mt")
    for line, moment in enumerate(chart.get("moments", ())):
        x = scales.x(moment["at"])
        left = x < (LEFT + RIGHT) / 2
        write((x + 5 if left else x - 5, TOP + 3 + 16 * line), moment["label"], "moment", "lt" if left else "rt")
    _legend(canvas, chart, zone, write)


def _legend(canvas: ImageDraw.ImageDraw, chart: Chart, zone: ZoneInfo, write: Any) -> None:
    """What the lines and dots mean, and in which zone the times are."""
    pen, y, x = Pen(canvas, FINE), HEIGHT - 16, float(LEFT)
    has = {name: any(value is not None for value in chart[name]) for name in ("low", "high", "learned_low")}
    if has["low"] or has["high"]:
        pen.dashed([(x, y), (x + 22, y)], COLORS["limit"])
        write((x + 27, y), "limit", "quiet", "lm")
        pen.dot((x + 68, y), 3.5, fill=COLORS["limit"])
        write((x + 77, y), "beyond", "quiet", "lm")
        x += 136
    if has["learned_low"]:
        pen.area([(x, y - 5), (x + 20, y - 5), (x + 20, y + 5), (x, y + 5)], COLORS["usual"])
        write((x + 26, y), "usual", "quiet", "lm")
    write((RIGHT, y), zone.key, "quiet", "rm")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * FINE)

"""Lines of a status page: what the board holds, in the words and the order in which it is read."""

from __future__ import annotations

from datetime import datetime

from apps.common.records import record
from apps.status.board import Board, MonthLine, ProductBoard, product_sentence
from apps.status.episodes import Episode
from apps.status.models import PublicUpdate, StatusPage
from apps.status.notice import Maintenance
from apps.status.words import listed, moment_words, percent_words


@record
class Said:
    """A public update."""

    at: datetime
    when: str
    text: str


@record
class EpisodeLine:
    """An episode with what was said of it."""

    episode: Episode
    lasted: str
    said: list[Said]


@record
class ProductLine:
    """A product with its sentence."""

    product: ProductBoard
    sentence: str
    loaded: str
    checked: str
    target: str

    @property
    def this_month(self) -> MonthLine | None:
        """None before anything was judged."""
        return self.product.months[0] if self.product.months else None

    @property
    def past_months(self) -> list[MonthLine]:
        return self.product.months[1:]

    @property
    def strip(self) -> str:
        """What a screen reader says of the strip of days."""
        bad = len(self.product.bad_days)
        return f"The last {len(self.product.days)} days: " + (
            f"{bad} with trouble or unknown." if bad else "no trouble."
        )


@record
class Shown:
    """A page as it stands."""

    page: StatusPage
    board: Board
    updates: dict[int, list[PublicUpdate]]
    planned: list[Maintenance]

    @property
    def as_of(self) -> str:
        return self.board.when(self.board.now)

    @property
    def products(self) -> list[ProductLine]:
        board = self.board
        return [
            ProductLine(
                each, product_sentence(each, board), board.when(each.loaded_at), board.when(each.checked_at),
                percent_words(each.asked.target),
            )
            for each in board.products
        ]  # fmt: skip

    @property
    def episodes(self) -> list[EpisodeLine]:
        return [EpisodeLine(each, self.board.lasted(each), self._said(each)) for each in self.board.episodes]

    @property
    def maintenance(self) -> list[tuple[str, Maintenance]]:
        """Each with a sentence that names no reason."""
        return [(self._maintenance(each), each) for each in self.planned]

    def _said(self, episode: Episode) -> list[Said]:
        rows = [row for pk in episode.incidents for row in self.updates.get(pk, [])]
        rows = [row for row in rows if row.at >= episode.start]
        return [Said(row.at, self.board.when(row.at), row.text) for row in sorted(rows, key=lambda row: row.at)]

    def _maintenance(self, each: Maintenance) -> str:
        board = self.board
        start = moment_words(each.start, board.zone, board.now)
        until = f" to {moment_words(each.end, board.zone, board.now)}" if each.end else ", without a planned end"
        begins = "now, since" if each.start <= board.now else "from"
        return f"{listed(each.products)}: {begins} {start}{until}."

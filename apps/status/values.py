"""A status page as plain values: for the API, for programs with the link, and for the shell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from apps.status.board import DayCell, MonthLine
from apps.status.view import EpisodeLine, ProductLine, Shown


def board_values(shown: Shown) -> dict[str, Any]:
    """Times in ISO 8601, lengths in seconds, shares in percent; null where nothing is known. docs/status-pages.md."""
    page, board = shown.page, shown.board
    return {
        "name": page.name,
        "slug": page.slug,
        "description": page.description,
        "timezone": page.timezone,
        "at": _time(board.now),
        "state": str(board.state),
        "sentence": board.sentence,
        "products": [_product(line) for line in shown.products],
        "incidents": [_episode(line) for line in shown.episodes],
        "more_incidents": board.more,
        "maintenance": [
            {"from": _time(each.start), "to": _time(each.end), "products": list(each.products)}
            for each in shown.planned
        ],
    }


def _product(line: ProductLine) -> dict[str, Any]:
    product = line.product
    return {
        "id": product.asked.pk,
        "name": product.asked.name,
        "description": product.asked.description,
        "state": str(product.state),
        "sentence": line.sentence,
        "since": _time(product.since),
        "taken": product.taken,
        "last_load": _time(product.loaded_at),
        "last_check": _time(product.checked_at),
        "target_percent": float(product.asked.target),
        "months": [_month(each) for each in product.months],
        "days": [_day(each) for each in product.days],
    }


def _month(line: MonthLine) -> dict[str, Any]:
    share = line.share
    return {
        "month": line.month.key,
        "percent": None if share.percent is None else float(share.percent),
        "met": line.met,
        "seconds_good": _seconds(share.good),
        "seconds_down": _seconds(share.down),
        "seconds_unknown": _seconds(share.unknown),
        "seconds_out": _seconds(share.out),
    }


def _day(cell: DayCell) -> dict[str, Any]:
    return {
        "day": cell.day.isoformat(),
        "state": cell.state,
        "seconds_down": _seconds(cell.share.down),
        "seconds_unknown": _seconds(cell.share.unknown),
    }


def _episode(line: EpisodeLine) -> dict[str, Any]:
    each = line.episode
    return {
        "products": list(each.products),
        "title": each.title,
        "kind": "unknown" if each.unknown else "down",
        "from": _time(each.start),
        "to": _time(each.end),
        "updates": [{"at": _time(said.at), "text": said.text} for said in line.said],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())

"""Planned maintenance, for those whom it concerns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from apps.alerts.services import Planned
from apps.common.records import record
from apps.status.board import ProductBoard
from apps.status.choosing import Watched

SHOWN = 3


@record
class Maintenance:
    """When it is, and which products it concerns. `reason` is for members alone."""

    start: datetime
    end: datetime | None
    products: tuple[str, ...]
    reason: str


def maintenance_of(planned: Iterable[Planned], products: Sequence[ProductBoard]) -> list[Maintenance]:
    """The next ones that concern a product of the page, the soonest first."""
    found = []
    for each in planned:
        names = tuple(
            product.asked.name for product in products if any(_concerns(each, watched) for watched in product.watched)
        )
        if names:
            found.append(Maintenance(each.start, each.end, names, each.silence.reason))
    return found[:SHOWN]


def _concerns(planned: Planned, watched: Watched) -> bool:
    return planned.concerns(
        rule_id=watched.rule_id, connection_id=watched.connection_id, table=watched.table, tags=watched.tags
    )

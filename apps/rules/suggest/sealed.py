"""Proposed rules on their way through a page: signed, so that what is made is what was shown, and no data store is
asked twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core import signing

from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.connections.services import TableName, parse_table
from apps.rules.drafts import RuleDraft

A_DAY = 86_400  # seconds for which a page may stay open
KEPT = ("name", "kind", "table", "settings", "severity", "timezone")


def seal(connection: Connection, drafts: Sequence[RuleDraft]) -> str:
    """The drafts as a text for a hidden field; without the channels, which are chosen on the page."""
    values = [{name: getattr(draft, name) for name in KEPT} for draft in drafts]
    return signing.dumps(values, salt=_salt(connection), compress=True)


def unseal(
    connection: Connection, text: str, places: Collection[int], channels: Sequence[Channel]
) -> Mapping[TableName, Sequence[RuleDraft]]:
    """Those of the drafts at these places, by table. Raises InvalidInput for a page that is too old."""
    try:
        values: list[dict[str, Any]] = signing.loads(text, salt=_salt(connection), max_age=A_DAY)
    except signing.BadSignature as error:
        raise InvalidInput("This page is too old; ask for the rules again.") from error
    found: dict[TableName, list[RuleDraft]] = {}
    for place, each in enumerate(values):
        if place in places:
            draft = RuleDraft(connection=connection, channels=tuple(channels), **each)
            found.setdefault(parse_table(draft.table), []).append(draft)
    return found


def _salt(connection: Connection) -> str:
    return f"proposed-rules-{connection.pk}"

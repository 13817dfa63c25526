"""Who wants to know what of a table, and who bears what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.kinds.wants import Want
from apps.rules.models import Rule

LABEL = 63  # characters that Google allows in a label
COMMON = 0  # the purse of rules without a budget of their own


class Payer(NamedTuple):
    """A rule, as far as costs go. `max_bytes`: what a check of it may be billed; None: what the connection allows."""

    rule_id: int
    name: str
    max_bytes: int | None = None


LOOKS = Payer(0, "")  # bears what no rule asked for: looks at all tables, and the columns of those that are read


class Place(NamedTuple):
    """A table, read for the rules of one purse."""

    table: TableName
    purse: int = COMMON


class Problem(NamedTuple):
    """Why a place could not be read. `dear`: trying again costs again, be it the list of columns. `until`: the
    connection may be billed no more before then. `heavy`: a statement of the rule's own failed, which may have taken
    the store long: it is tried once more soon, and then as often as the rule is checked."""

    text: str
    dear: bool = False
    until: datetime | None = None
    heavy: bool = False


@record
class Ask:
    """What `payers` want to know of a table; they share the statements that answer it."""

    place: Place
    payers: tuple[Payer, ...]
    wants: tuple[Want, ...]

    @property
    def table(self) -> TableName:
        return self.place.table


def payer_of(rule: Rule) -> Payer:
    return Payer(rule.pk, rule.name, rule.max_bytes)


def place_of(table: TableName, payer: Payer, *, billed: bool) -> Place:
    """Where the store bills by the byte, a rule with a budget of its own gets statements of its own: then budget and
    label mean this rule and no other. The others share, because a column that two rules read is then billed once.
    """
    return Place(table, payer.rule_id if billed and payer.max_bytes is not None else COMMON)


def asks_of(wanted: Iterable[tuple[Place, Payer, Sequence[Want]]]) -> list[Ask]:
    """One ask per place, with the wants of all that ask there. Who wants nothing pays nothing."""
    payers: dict[Place, dict[Payer, None]] = {}
    wants: dict[Place, dict[Want, None]] = {}
    for place, payer, some in wanted:
        if some:
            payers.setdefault(place, {})[payer] = None
            wants.setdefault(place, {}).update(dict.fromkeys(some))
    return [Ask(place, tuple(payers[place]), tuple(wants[place])) for place in wants]


def label_of(payers: Sequence[Payer]) -> str:
    """What the store's bill calls a statement: the rule's id and name, or `several` and the ids; no rule, no name.

    The id comes first, because it stays when a rule is renamed. No id is cut in half.
    """
    if payers[0].rule_id == LOOKS.rule_id:
        return ""
    if len(payers) == 1:
        return f"{payers[0].rule_id} {payers[0].name}"
    label = "several"
    for payer in payers:
        longer = f"{label}-{payer.rule_id}"
        if len(longer) > LABEL:
            break
        label = longer
    return label

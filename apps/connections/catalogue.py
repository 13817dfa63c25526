"""The stored catalogue of a connection: its tables, and the evidence of their changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.db import transaction

from apps.common.bulk import insert_rows, update_rows
from apps.connections.engines.contract import BATCH, Engine, Look
from apps.connections.models import Connection, ConnectionState, Table
from apps.connections.names import TableName
from apps.connections.watch import ChangeEvidence, Watch, advance, vanish

COLUMNS = ("pk", "schema", "name", "kind", "watched_since", "looked_at", "changed_at", "gone_at", "mark", "identity",
           "writes", "fingerprint", "changes")  # fmt: skip
LOADED = tuple(name for name in COLUMNS if name != "looked_at")  # written only: a stored time guards later looks


def load_watches(connection: Connection) -> dict[TableName, Watch]:
    """What is known of the connection's tables, by name."""
    rows = Table.objects.filter(connection=connection).order_by().values_list(*LOADED)
    watches = {}
    for pk, schema, name, kind, since, *rest in rows.iterator():
        key = TableName(schema, name)
        watches[key] = Watch(key, kind, since, pk, None, *rest)
    return watches


def look_again(
    engine: Engine, looks: Mapping[TableName, Look], before: Mapping[TableName, Watch], *,
    evidence_for: Collection[TableName], now: datetime, still_mine: Callable[[], None],
) -> dict[TableName, Watch]:  # fmt: skip
    """The watches after `looks`; asks the store for fingerprints of `evidence_for` where its look cannot tell, some at
    a time, and calls `still_mine` before each time.

    A store without write counters gives one mark for all tables, so only the tables whose fingerprint was compared
    take it over: otherwise a change would go unnoticed.
    """
    suspects: list[TableName] = []
    if not engine.look_counts_writes:
        suspects = [name for name in evidence_for if name in looks and _may_differ(before.get(name), looks[name])]
    prints: dict[TableName, str] = {}
    for start in range(0, len(suspects), BATCH):
        still_mine()
        prints |= engine.fingerprints(suspects[start : start + BATCH])
    after: dict[TableName, Watch] = {}
    for name, look in looks.items():
        if not engine.look_counts_writes and name not in prints:
            known = before.get(name)
            look = look._replace(mark=known.mark if known else "", identity=known.identity if known else "")
        after[name] = advance(before.get(name), look, fingerprint=prints.get(name, ""), now=now)
    for name, watch in before.items():
        if name not in looks:
            after[name] = vanish(watch, now=now)
    return after


def _may_differ(watch: Watch | None, look: Look) -> bool:
    if look.kind != "table":
        return False
    return watch is None or not watch.fingerprint or not look.mark or watch.mark != look.mark


def evidence(engine: Engine, watch: Watch | None) -> ChangeEvidence:
    """When the table last changed by the store's own account."""
    if watch is None or not watch.tells_changes:
        return ChangeEvidence(None, None, engine.change_source, engine.change_trust)
    # Who tells times tells those before the watch as well.
    compares = watch.writes is not None or not engine.look_counts_writes
    since = watch.watched_since if compares else None
    return ChangeEvidence(watch.changed_at, since, engine.change_source, engine.change_trust)


@transaction.atomic
def save_watches(
    connection: Connection, before: Mapping[TableName, Watch], after: Mapping[TableName, Watch], *, now: datetime
) -> None:
    """Store what changed between `before` and `after`. A later look that was stored meanwhile is not overwritten."""
    changed = [watch for name, watch in after.items() if watch is not before.get(name)]
    if not changed:
        return
    # One at a time: a pass and a reading of the catalogue that wrote the same rows in another order could each wait for
    # the other.
    ConnectionState.objects.select_for_update().filter(connection=connection).values_list("pk").first()
    insert_rows(
        Table,
        ("connection", "schema", "name", "first_seen_at", *COLUMNS[3:]),
        [(connection.pk, *w.name, now, *_stored(w)) for w in changed if w.id is None],
        ignore_conflicts=True,
    )
    update_rows(
        Table, COLUMNS[3:], [(*_stored(w), w.id) for w in changed if w.id is not None], unless_newer="looked_at"
    )


def _stored(w: Watch) -> tuple[object, ...]:
    return (w.kind, w.watched_since, w.looked_at, w.changed_at, w.gone_at, w.mark, w.identity, w.writes, w.fingerprint,
            w.changes)  # fmt: skip

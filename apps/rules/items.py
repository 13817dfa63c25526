"""The work of one batch, loaded from the database: each claimed state with its rule's kind, ready to be judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import ENGINES, TableName
from apps.rules.kinds.contract import Kind, Subject
from apps.rules.models import Rule, RuleState
from apps.rules.shaping.making import make_kind

FIELDS = ("pk", "rule_id", "schema", "table", "memory", "mark", "verdict", "next_check_at", "attempts")


@record
class RuleWork:
    """A rule of the batch. `kind` is None, and `problem` says why, when its settings no longer make sense."""

    rule: Rule
    kind: Kind | None
    problem: str
    subject: Subject


@record
class Item:
    """One rule on one table. Without a table name: the rule's patterns themselves."""

    state_id: int
    work: RuleWork
    table: TableName
    subject: Subject
    memory: dict[str, Any]
    mark: str
    verdict: str
    next_check_at: datetime | None
    attempts: int

    @property
    def covers(self) -> bool:
        """Whether this is the check of the patterns, not of a table."""
        return not self.table.name

    @property
    def key(self) -> str:
        """The key of the incident that a breach opens."""
        return incident_key(self.work.rule.pk, self.table)


def incident_key(rule_id: int, table: TableName) -> str:
    return f"rule/{rule_id}/{table}" if table.name else f"rule/{rule_id}"


def connection_key(connection_id: int) -> str:
    """The key of the one incident of a connection that cannot be used."""
    return f"connection/{connection_id}"


def budget_key(connection_id: int) -> str:
    """The key of the one incident of a connection that has used up the bytes it may be billed on a day."""
    return f"{connection_key(connection_id)}/budget"


def unknown_key(key: str) -> str:
    """The key of the incident "could not check", which is apart from "the data are bad"."""
    return f"{key}/unknown"


def load_items(connection: Connection, token: str) -> list[Item]:
    """Everything that was claimed with `token`, in two queries."""
    rows = list(RuleState.objects.filter(lease_token=token).order_by("rule_id", "pk").values_list(*FIELDS))
    rules = Rule.objects.in_bulk({row[1] for row in rows})
    store_zone, dialect = ZoneInfo(connection.timezone), ENGINES[connection.engine].dialect
    works = {pk: rule_work(rule, connection) for pk, rule in rules.items()}
    items = []
    for pk, rule_id, schema, name, *rest in rows:
        work, table = works[rule_id], TableName(schema, name)
        subject = Subject(connection.name, table, work.subject.zone, store_zone=store_zone, dialect=dialect)
        items.append(Item(pk, work, table, subject, *rest))
    return items


def rule_work(rule: Rule, connection: Connection) -> RuleWork:
    """The rule with its kind made from the stored settings."""
    words = "" if rule.table else pattern_words(rule.include)
    subject = Subject(connection.name, TableName("", ""), ZoneInfo(rule.timezone), words=words)
    try:
        return RuleWork(rule, make_kind(rule.kind, rule.settings), "", subject)
    except InvalidInput as error:
        return RuleWork(
            rule, None, f"The rule's settings cannot be used: {error} Open the rule and save it again.", subject
        )


def pattern_words(include: list[str] | tuple[str, ...]) -> str:
    """How a sentence names the tables of a rule with patterns."""
    return f"any table that matches {' or '.join(include)}"

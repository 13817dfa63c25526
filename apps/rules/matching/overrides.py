"""Limits of its own for one table of a rule with patterns: a rule beside it, and the table left out there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from apps.common.errors import InvalidInput
from apps.connections.services import TableName, matches
from apps.rules import saving, validation
from apps.rules.drafts import RuleDraft
from apps.rules.matching.matched import pattern_of
from apps.rules.models import Rule
from apps.rules.told import members_named


def save_beside(*, draft: RuleDraft, beside: Rule, now: datetime) -> tuple[Rule, tuple[str, ...]]:
    """Save the rule of one table, and take the table out of `beside`: both or neither. Returns the new rule, and
    warnings. Raises InvalidInput."""
    checked = validation.check(team=beside.team, draft=draft, verify=True, now=now)
    table = checked.subject.table
    if not draft.table:
        raise InvalidInput("Name the one table that gets limits of its own.", field="table")
    if (draft.connection.pk, draft.kind) != (beside.connection_id, beside.kind):
        raise InvalidInput(f"{beside.name} is of another kind or connection; nothing can be taken out of it.", field="")
    with transaction.atomic():
        rule, _ = saving.write(beside.team, checked, None, now)
        leave_out(rule=beside, table=table, now=now)
    return rule, checked.warnings


def leave_out(*, rule: Rule, table: TableName, now: datetime) -> None:
    """Take a table out of a rule with patterns. Nothing happens where they do not take it in."""
    draft = draft_of_rule(rule)
    if matches(table, draft.include, draft.exclude):
        wanted = replace(draft, exclude=(*draft.exclude, pattern_of(table)))
        saving.write(rule.team, validation.read(wanted), rule, now)


def draft_of_rule(rule: Rule) -> RuleDraft:
    """A stored rule as the draft that would save it again, without those who left the team."""
    members = members_named(rule)
    return RuleDraft(
        name=rule.name,
        connection=rule.connection,
        kind=rule.kind,
        table=rule.table,
        include=tuple(rule.include),
        exclude=tuple(rule.exclude),
        settings=rule.settings,
        severity=rule.severity,
        timezone=rule.timezone,
        channels=tuple(rule.notify.all()),
        people=tuple(members[user.pk] for user in rule.people.all() if user.pk in members),
        owner=members.get(rule.owner_id or 0),
        tags=tuple(rule.tags),
        paused=rule.paused,
        max_bytes=rule.max_bytes,
    )

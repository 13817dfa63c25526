"""Writing a checked draft: the rule's row, its channels and its states, and nothing when nothing changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.common.errors import InvalidInput
from apps.connections.services import TableName, matches
from apps.rules.drafts import RuleDraft
from apps.rules.edited import tell_incidents
from apps.rules.models import Rule, RuleState
from apps.rules.states import PATTERNS, fit_states, rest_states
from apps.rules.validation import CheckedDraft
from apps.teams.models import Team

# What a kind remembers of a table belongs to these; a change of anything else keeps it.
MEANING = ("connection_id", "kind", "table", "settings", "timezone")


def write(team: Team, checked: CheckedDraft, instance: Rule | None, now: datetime) -> tuple[Rule, bool]:
    """Create or change the rule. Returns it, and whether anything was written."""
    draft = checked.draft
    namesakes = Rule.objects.filter(team=team, name=draft.name)
    if (namesakes.exclude(pk=instance.pk) if instance else namesakes).exists():
        raise InvalidInput(f"The team already has a rule named {draft.name!r}.", field="name")
    rule = instance or Rule(team=team)
    before = {name: getattr(rule, name) for name in _values(draft)} if instance else {}
    after = _values(draft)
    told = set(rule.notify.values_list("pk", flat=True)) if instance else set()
    wanted = {channel.pk for channel in draft.channels}
    people = set(rule.people.values_list("pk", flat=True)) if instance else set()
    wanted_people = {member.user_id for member in draft.people}
    if before == after and told == wanted and people == wanted_people:
        return rule, False
    for name, value in after.items():
        setattr(rule, name, value)
    if before != after:
        rule.save()
    if told != wanted:
        rule.notify.set(wanted)
    if people != wanted_people:
        rule.people.set(wanted_people)
    if instance:
        told_others = told != wanted or people != wanted_people
        changed = [name for name in after if before[name] != after[name]]
        tell_incidents(rule, [*changed, *(["who is told"] if told_others else [])], now)
    if rule.paused and not before.get("paused", False) and instance:
        rest_states(rule, "The rule was paused.", now)
    forget = any(before.get(name) != after[name] for name in MEANING)
    if forget or any(before.get(name) != after[name] for name in ("include", "exclude", "paused", "max_bytes")):
        fit_states(rule, checked.kind, _tables(rule, checked), forget=forget, now=now)
    return rule, True


def _values(draft: RuleDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "connection_id": draft.connection.pk,
        "kind": draft.kind,
        "table": draft.table,
        "include": list(draft.include),
        "exclude": list(draft.exclude),
        "settings": draft.settings,
        "severity": draft.severity,
        "timezone": draft.timezone,
        "tags": sorted(set(draft.tags)),
        "owner_id": draft.owner.user_id if draft.owner else None,
        "paused": draft.paused,
        "max_bytes": draft.max_bytes,
    }


def _tables(rule: Rule, checked: CheckedDraft) -> list[TableName]:
    """The tables to cover; where the store could not be asked, those that are covered already and still match."""
    if checked.tables is not None:
        return list(checked.tables)
    names = (TableName(*pair) for pair in RuleState.objects.filter(rule=rule).values_list("schema", "table"))
    return [name for name in names if name != PATTERNS and matches(name, tuple(rule.include), tuple(rule.exclude))]

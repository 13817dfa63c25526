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
    links = {name: wanted for name, wanted in _links(draft).items() if wanted != _linked(instance, name)}
    if before == after and not links:
        return rule, False
    for name, value in after.items():
        setattr(rule, name, value)
    if before != after:
        rule.save()
    for name, wanted in links.items():
        getattr(rule, name).set(wanted)
    if instance:
        tell_incidents(rule, [*(name for name in after if before[name] != after[name]), *links], now)
    if rule.paused and not before.get("paused", False) and instance:
        rest_states(rule, "The rule was paused.", now)
    forget = any(before.get(name) != after[name] for name in MEANING)
    if forget or any(before.get(name) != after[name] for name in ("include", "exclude", "paused", "max_bytes")):
        fit_states(rule, checked.kind, _tables(rule, checked), forget=forget, now=now)
    return rule, True


def _links(draft: RuleDraft) -> dict[str, set[int]]:
    """The numbers of the rows that the rule is to be linked with, by field. What the draft leaves open is left out."""
    links = {
        "notify": {channel.pk for channel in draft.channels},
        "people": {member.user_id for member in draft.people},
    }
    return links if draft.shared_with is None else links | {"shared_with": {team.pk for team in draft.shared_with}}


def _linked(rule: Rule | None, name: str) -> set[int]:
    return set(getattr(rule, name).values_list("pk", flat=True)) if rule else set()


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

"""Rules over REST. A rule is written as in the YAML file, with the same keys and the same errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from ninja import Body, Router, Status

from apps.api.complaints import check_entry
from apps.api.drafting import draft_of, existing_rows
from apps.api.export import rule_entry
from apps.api.grammar import no_member, rule_from
from apps.api.rest.callers import CallerRequest, reach, team_to_configure, visible
from apps.api.rest.paging import Paged, paged
from apps.api.rest.rulestates import states_of
from apps.api.snapshot import rule_spec, with_names
from apps.api.trials import values_of as trial_values
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, NotFoundNearby
from apps.common.sizes import dollars_of
from apps.rules.models import Rule
from apps.rules.services import (
    KINDS,
    CostEstimate,
    RuleDraft,
    backtest,
    check_draft,
    delete_rule,
    estimate_cost,
    matched,
    request_check,
    save_beside,
    save_rule,
    sentence_of_draft,
    sentences_of,
    teams_named,
)
from apps.teams.models import Team
from apps.teams.permissions import Act

router = Router()
Payload = Annotated[dict[str, Any], Body()]
Reply = dict[str, Any]
RULES = with_names(Rule.objects.select_related("team")).prefetch_related("shared_with")
SHARED = "shared_with"  # no key of a file: who may read a rule is not what it watches


@router.get("")
def list_rules(request: CallerRequest, page: Paged, team: str | None = None) -> Reply:
    rows = visible(RULES, request.auth)
    return paged(request, rows.filter(team__name=team) if team is not None else rows, page, _shown)


@router.post("", response={201: Reply})
def create_rule(request: CallerRequest, payload: Payload) -> Status[Reply]:
    team = team_to_configure(request.auth, payload.get("team"))
    draft = _draft(team, {key: value for key, value in payload.items() if key not in ("team", "instead_of")})
    if (name := payload.get("instead_of")) is None:
        saved = save_rule(team=team, draft=draft, now=utc_now())
    else:
        saved = save_beside(draft=draft, beside=_with_patterns(team, name), now=utc_now())
    return Status(201, _one(saved.rule, saved.warnings))


@router.post("/preview")
def preview_rule(request: CallerRequest, payload: Payload) -> Reply:
    """The sentence and the warnings of a rule that is not saved."""
    team = team_to_configure(request.auth, payload.get("team"))
    draft = _draft(team, {key: value for key, value in payload.items() if key != "team"})
    warnings = check_draft(team=team, draft=draft)
    return {"sentence": sentence_of_draft(draft=draft), "warnings": list(warnings)}


@router.post("/matches")
def match_tables(request: CallerRequest, payload: Payload) -> Reply:
    """Which tables the patterns of a rule take in, by the catalogue; nothing is saved, and no data store is asked."""
    team = team_to_configure(request.auth, payload.get("team"))
    found = matched(_draft(team, {key: value for key, value in payload.items() if key != "team"}))
    items = [{"table": str(each.table), "problem": each.problem, "own_rules": list(each.own)} for each in found.found]
    return {"items": items, "count": len(items), "left_out": found.left_out, "known": found.known}


@router.post("/estimate")
def estimate_rule(request: CallerRequest, payload: Payload) -> Reply:
    """What the checks of a rule that is not saved would be billed. Numbers are null where they could not be asked."""
    team = team_to_configure(request.auth, payload.get("team"))
    draft = _draft(team, {key: value for key, value in payload.items() if key != "team"})
    return _estimate(estimate_cost(team=team, draft=draft, now=utc_now()))


@router.post("/backtest")
def backtest_rule(
    request: CallerRequest, payload: Payload, days: int = 90, read: bool = False, points: bool = False
) -> Reply:
    """What would have come of a rule that is not saved. `read`: the table is read back also where that is billed."""
    team = team_to_configure(request.auth, payload.get("team"))
    draft = _draft(team, {key: value for key, value in payload.items() if key != "team"})
    return trial_values(backtest(draft=draft, days=days, may_spend=read, now=utc_now()), points=points)


@router.post("/{int:pk}/backtest")
def backtest_change(
    request: CallerRequest, pk: int, payload: Payload, days: int = 90, read: bool = False, points: bool = False
) -> Reply:
    """The same of a saved rule with the given keys in place of its own."""
    rule = reach(RULES, request.auth, pk, Act.CONFIGURE)
    draft = _draft(rule.team, _patched(rule_entry(rule_spec(rule)), payload))
    return trial_values(backtest(draft=draft, rule=rule, days=days, may_spend=read, now=utc_now()), points=points)


@router.get("/{int:pk}")
def get_rule(request: CallerRequest, pk: int) -> Reply:
    return _one(reach(RULES, request.auth, pk))


@router.patch("/{int:pk}")
def change_rule(request: CallerRequest, pk: int, payload: Payload) -> Reply:
    rule = reach(RULES, request.auth, pk, Act.CONFIGURE)
    draft = _draft(rule.team, _patched(rule_entry(rule_spec(rule)), payload))
    saved = save_rule(team=rule.team, draft=draft, instance=rule, now=utc_now())
    return _one(reach(RULES, request.auth, saved.rule.pk), saved.warnings)


@router.delete("/{int:pk}", response={204: None})
def remove_rule(request: CallerRequest, pk: int) -> Status[None]:
    delete_rule(rule=reach(RULES, request.auth, pk, Act.CONFIGURE), now=utc_now())
    return Status(204, None)


@router.post("/{int:pk}/check", response={202: Reply})
def check_rule(request: CallerRequest, pk: int) -> Status[Reply]:
    """Make the rule due at once. The result appears in its state within seconds."""
    rule = reach(RULES, request.auth, pk, Act.OPERATE)
    if rule.paused:
        raise InvalidInput(f'{rule.name} is paused. Resume it first, with "paused": false.', field="paused")
    request_check(rule=rule, now=utc_now())
    return Status(202, _one(rule))


def _with_patterns(team: Team, name: object) -> Rule:
    """The rule that the new one takes its table out of. Raises InvalidInput."""
    rules = RULES.filter(team=team, table="")
    rule = rules.filter(name=str(name)).first()
    if rule is None:
        known = rules.values_list("name", flat=True)
        raise NotFoundNearby(f"There is no rule with patterns named {name!r}.", str(name), known, field="instead_of")
    return rule


def _draft(team: Team, entry: Mapping[str, Any]) -> RuleDraft:
    """The draft of an entry. Raises InvalidInput that names the field."""
    entry, shared = {key: value for key, value in entry.items() if key != SHARED}, _teams(entry.get(SHARED))
    for found in check_entry("rules", entry):
        raise InvalidInput(found.text, field=str(found.path[0]) if found.path else "")
    rows = existing_rows(team)
    name = entry["connection"]
    if name not in rows.connections:
        raise NotFoundNearby(f"There is no connection {name!r}.", name, rows.connections, field="connection")
    for channel in entry.get("notify") or ():
        if channel not in rows.channels:
            raise NotFoundNearby(f"There is no channel {channel!r}.", channel, rows.channels, field="notify")
    for field in ("people", "owner"):
        written = entry.get(field) or ()
        for address in [written] if isinstance(written, str) else written:
            if address.lower() not in rows.members:
                raise InvalidInput(f"{field}: {no_member(address, rows.members)}", field=field)
    draft = draft_of(rule_from(entry, defaults={}, engine=rows.connections[name].engine), rows)
    return replace(draft, shared_with=shared)


def _teams(names: Any) -> tuple[Team, ...] | None:
    """The teams of these names. Raises InvalidInput."""
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInput('shared_with: Write a list of the names of teams, such as ["finance"].', field=SHARED)
    return teams_named(names)


def _patched(entry: dict[str, Any], payload: Mapping[str, Any]) -> Reply:
    """The entry with the given keys in place of its own. Another kind takes none of the old kind's settings along."""
    if payload.get("kind", entry["kind"]) != entry["kind"]:
        entry = {key: value for key, value in entry.items() if key not in KINDS[entry["kind"]].Settings.model_fields}
    for given, other in (("table", "tables"), ("tables", "table")):
        if payload.get(given) is not None and other not in payload:
            entry.pop(other, None)
    return {**entry, **payload}


def _estimate(found: CostEstimate) -> Reply:
    cost, numbers = found.cost, dict.fromkeys(("tables", "checks_a_day", "first_check", "check"))
    if cost is None:
        return {"sentence": found.sentence, **numbers}
    price, bills = cost.tariff.price_per_tib, {"first_check": cost.first, "check": cost.usual}
    return {
        "sentence": found.sentence,
        "tables": cost.tables,
        "checks_a_day": cost.checks_a_day,
        **{
            name: {
                "statements": bill.statements,
                "bytes": bill.bytes,
                "dollars": round(dollars_of(bill.bytes, price), 6),
            }
            for name, bill in bills.items()
        },
    }


def _one(rule: Rule, warnings: Sequence[str] = ()) -> Reply:
    return {**_shown([rule])[0], "warnings": list(warnings)}


def _shown(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    states, sentences = states_of([rule.pk for rule in rules]), sentences_of(rules=rules)
    return [_rule(rule, sentences[rule.pk]) | {"state": states[rule.pk].values()} for rule in rules]


def _rule(rule: Rule, sentence: str) -> Reply:
    spec = rule_spec(rule)
    return {
        "id": rule.pk,
        "team": rule.team.name,
        **rule_entry(spec),
        "severity": spec.severity,
        "timezone": spec.timezone,
        "notify": sorted(spec.notify),
        "people": sorted(spec.people),
        "owner": spec.owner or None,
        "tags": sorted(spec.tags),
        "paused": spec.paused,
        "max_bytes": spec.max_bytes,
        SHARED: sorted(team.name for team in rule.shared_with.all()),
        "sentence": sentence,
    }

"""Applying a file: read it, plan, verify against the stores, then change everything in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.alerts.models import Channel
from apps.alerts.services import save_channel, withdraw
from apps.api.drafting import Rows, draft_of, existing_rows
from apps.api.export import write
from apps.api.grammar import Wanted, read, team_name
from apps.api.oneteam import team_named
from apps.api.plan import Action, Plan, make_plan
from apps.api.plan_text import Outcome
from apps.api.problems import FileRefused, Problem
from apps.api.snapshot import snapshot
from apps.api.specs import ChannelSpec, StoreSpec, TeamSpec
from apps.api.yaml_tree import parse
from apps.common.errors import InvalidInput
from apps.common.fields import Sealed
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Rule
from apps.rules.services import (
    RuleDraft,
    backtests,
    check_drafts,
    delete_rule,
    estimate_costs,
    hold_states,
    save_rule,
    sentence_of_draft,
)
from apps.teams.models import Team
from apps.teams.services import ensure_team


@record
class Source:
    """A file to apply: its bytes, its name for messages, and the folder that its relative paths start from."""

    data: bytes
    name: str
    folder: str


def apply_file(
    *,
    source: Source,
    environ: Mapping[str, str],
    now: datetime,
    dry_run: bool = False,
    prune: bool = False,
    announce: Callable[[Outcome], object] = lambda _: None,
) -> Outcome:
    """Bring a team in line with a file. Raises InvalidInput (FileRefused with lines), and then changes nothing.

    `announce` is called with the plan before anything is changed.
    """
    tree = parse(source.data, file=source.name)
    existing = snapshot(team_name(tree, environ=environ))
    wanted = read(tree, file=source.name, folder=source.folder, existing=existing, environ=environ, prune=prune)
    plan = make_plan(wanted=wanted.team, existing=existing, prune=prune)
    team = Team.objects.filter(name=plan.team).first()
    rows = _unsaved_rows(wanted.team, existing, team or Team(name=plan.team))
    drafts = _drafts(wanted.team, plan, rows)
    warnings = _verify(source.name, rows.team, wanted, drafts)
    sentences = {name: sentence_of_draft(draft=draft) for name, draft in drafts.items()}
    costs = _costs(rows.team, drafts, now) if dry_run else {}
    past = _past(team, drafts, now) if dry_run else {}
    outcome = Outcome(plan, sentences, warnings, new_team=team is None, applied=not dry_run, costs=costs, past=past)
    announce(outcome)
    if not dry_run and (plan.changes_anything or team is None):
        _carry_out(plan, wanted.team, existing, now)
    return outcome


def export_team(name: str) -> str:
    """The file that wants what the team has. Raises InvalidInput when there is no such team."""
    existing, rows = snapshot(name), existing_rows(team_named(name))
    sentences = {rule.name: sentence_of_draft(draft=draft_of(rule, rows)) for rule in existing.rules.values()}
    return write(existing, sentences=sentences)


def _costs(team: Team, drafts: Mapping[str, RuleDraft], now: datetime) -> dict[str, str]:
    """What each rule would cost, in sentences; those that cost nothing are left out."""
    told = estimate_costs(team=team, drafts=list(drafts.values()), now=now)
    return {name: sentence for name, sentence in zip(drafts, told, strict=True) if sentence}


def _past(team: Team | None, drafts: Mapping[str, RuleDraft], now: datetime) -> dict[str, str]:
    """What would have come of each rule, in sentences; what people said of those that are there already counts."""
    rules = {rule.name: rule for rule in Rule.objects.filter(team=team)} if team else {}
    return dict(zip(drafts, backtests(drafts=list(drafts.values()), rules=rules, now=now), strict=True))


def _unsaved_rows(wanted: TeamSpec, existing: TeamSpec, team: Team) -> Rows:
    """The rows that rules may refer to, with the wanted settings, so that rules can be verified before any write."""
    rows = existing_rows(team)
    for name, store in wanted.connections.items():
        row = rows.connections.setdefault(name, Connection(team=team, name=name))
        row.engine, row.settings, row.timezone = store.engine, dict(store.settings), store.timezone
        row.secrets = Sealed.of(_secrets(store, existing.connections.get(name)))
    for name, channel in wanted.channels.items():
        rows.channels.setdefault(name, Channel(team=team, name=name, type=channel.type))
    return rows


def _drafts(wanted: TeamSpec, plan: Plan, rows: Rows) -> dict[str, RuleDraft]:
    steps = [step for step in plan.of(Action.ADD, Action.CHANGE) if step.section == "rule"]
    return {step.name: draft_of(wanted.rules[step.name], rows) for step in steps}


def _verify(file: str, team: Team, wanted: Wanted, drafts: Mapping[str, RuleDraft]) -> tuple[str, ...]:
    """Ask the stores about tables and columns. Raises FileRefused; returns what could not be verified."""
    problems: list[Problem] = []
    warned: dict[str, list[str]] = {}
    for name, found in zip(drafts, check_drafts(team=team, drafts=list(drafts.values())), strict=True):
        if isinstance(found, InvalidInput):
            problems.append(Problem(wanted.line("rule", name, found.field), f"Rule {name!r}: {found}"))
        else:
            for warning in found:
                warned.setdefault(warning, []).append(name)
    if problems:
        raise FileRefused(file, problems)
    return tuple(_warning(file, wanted, text, names) for text, names in warned.items())


def _warning(file: str, wanted: Wanted, text: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{file}, line {wanted.line('rule', names[0])}: Rule {names[0]!r}{more}: {text}"


@transaction.atomic
def _carry_out(plan: Plan, wanted: TeamSpec, existing: TeamSpec, now: datetime) -> None:
    """Change what the plan says. What it was made from must still be so."""
    team = Team.objects.select_for_update(no_key=True).get(pk=ensure_team(name=plan.team).pk)
    if snapshot(plan.team) != existing:
        raise InvalidInput("Somebody changed this team while the plan was made. Nothing was applied; apply again.")
    rows = existing_rows(team)
    rules = {rule.name: rule for rule in Rule.objects.filter(team=team)}
    known = [step.name for step in plan.of(Action.CHANGE, Action.REMOVE) if step.section == "rule"]
    hold_states([rules[name] for name in known])
    for step in plan.of(Action.ADD, Action.CHANGE):
        if step.section == "connection":
            store = wanted.connections[step.name]
            rows.connections[step.name] = _save_store(store, existing.connections.get(step.name), rows)
        elif step.section == "channel":
            channel = wanted.channels[step.name]
            rows.channels[step.name] = _save_channel(channel, existing.channels.get(step.name), rows)
        else:
            draft = draft_of(wanted.rules[step.name], rows)
            save_rule(team=team, draft=draft, instance=rules.get(step.name), now=now, verify=False)
    _remove(plan, rows, rules, now)


def _save_store(spec: StoreSpec, before: StoreSpec | None, rows: Rows) -> Connection:
    return save_connection(
        team=rows.team,
        name=spec.name,
        engine=spec.engine,
        settings={**spec.settings, **_secrets(spec, before)},
        timezone=spec.timezone,
        secret_names=_secret_names(spec, before),
        instance=rows.connections.get(spec.name),
        keep_secrets=False,
    )


def _save_channel(spec: ChannelSpec, before: ChannelSpec | None, rows: Rows) -> Channel:
    return save_channel(
        team=rows.team,
        name=spec.name,
        type=spec.type,
        settings={**spec.settings, **_secrets(spec, before)},
        secret_names=_secret_names(spec, before),
        instance=rows.channels.get(spec.name),
        keep_secrets=False,
    )


def _remove(plan: Plan, rows: Rows, rules: Mapping[str, Rule], now: datetime) -> None:
    # Rules first: they hold on to their connection and know how to close their incidents.
    for step in reversed(plan.of(Action.REMOVE)):
        if step.section == "rule":
            delete_rule(rule=rules[step.name], now=now)
        elif step.section == "channel":
            rows.channels[step.name].delete()
        else:
            connection = rows.connections[step.name]
            keys = [f"connection/{connection.pk}", f"connection/{connection.pk}/budget"]
            withdraw(keys=keys, reason="The connection was deleted.", now=now)
            connection.delete()


def _secrets(spec: StoreSpec | ChannelSpec, before: StoreSpec | ChannelSpec | None) -> dict[str, str]:
    """The secrets as they will be: those that the file writes, and of the others what is stored for the same driver."""
    same = before is not None and _driver(before) == _driver(spec)
    merged = {**(before.secrets if before and same else {}), **spec.secrets}
    return {name: secret for name, secret in merged.items() if secret}


def _secret_names(spec: StoreSpec | ChannelSpec, before: StoreSpec | ChannelSpec | None) -> dict[str, str]:
    kept = _secrets(spec, before)
    remembered = before.secret_names if before else {}
    return {name: written for name, written in {**remembered, **spec.secret_names}.items() if name in kept}


def _driver(spec: StoreSpec | ChannelSpec) -> str:
    return spec.engine if isinstance(spec, StoreSpec) else spec.type

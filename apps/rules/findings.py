"""From outcomes to findings: what is told to `alerts`, and when something counts as news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.alerts.models import Incident, IncidentStatus
from apps.alerts.reports import Finding, Recovery, Subject, report
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import FREE
from apps.rules.again import look_again
from apps.rules.costs.spending import Spending
from apps.rules.items import budget_key, connection_key, unknown_key
from apps.rules.models import Rule
from apps.rules.verdicts import Outcome

SEVERITIES = ("critical", "high", "medium", "low")


@record
class Told:
    """Whom a rule names, by number. Without channels the routes of its team decide."""

    channels: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    owner: str = ""


def report_outcomes(connection: Connection, outcomes: list[Outcome], now: datetime) -> None:
    """Tell `alerts` of every breach, of everything that could not be checked twice in a row, and of every recovery."""
    bad = [o for o in outcomes if _is_finding(o)]
    told = _told({o.item.work.rule.pk for o in bad})
    findings = [_finding(connection, o, told.get(o.item.work.rule.pk, Told()), now) for o in bad]
    recoveries = [recovery for o in outcomes for recovery in _recoveries(connection, o, now)]
    look_again(report(findings=findings, recoveries=recoveries, now=now), now)


def report_connection(
    connection: Connection, outcomes: list[Outcome], error: MidwatchError | None, now: datetime
) -> None:
    """Open or keep the one incident of a connection that fails; with `error` None, close it."""
    key, rules = connection_key(connection.pk), _rules(outcomes)
    if error is None:
        report(findings=[], recoveries=[Recovery(key, {"checked_at": now.isoformat()})], now=now)
        return
    facts = {
        **_connection_facts(connection, rules, now),
        "situation": "connection",
        "sentence": f"Alerts if Midwatch cannot reach {connection.name}.",
        "reason": str(error),
    }
    finding = _connection_finding(connection, rules, key, f"{connection.name} cannot be checked", facts)
    report(findings=[finding], recoveries=[], now=now)


def report_budget(connection: Connection, outcomes: list[Outcome], spending: Spending, now: datetime) -> None:
    """Open or keep the one incident of a connection whose bytes of the day are used up; close it once they are not.

    It is told once, however many rules have to wait. While that day and that limit last it stays: a check that is small
    enough for what is left does not end it, or people would hear of it again and again.
    """
    if spending.tariff == FREE:
        return
    key, stopped = budget_key(connection.pk), [outcome for outcome in outcomes if outcome.over_budget]
    today = {"day": spending.day.isoformat(), "limit_bytes": spending.tariff.per_day}
    if stopped:
        rules = _rules(stopped)
        facts = {
            **_connection_facts(connection, rules, now),
            **today,
            "situation": "budget",
            "sentence": f"Alerts if checks of {connection.name} wait because its bytes of the day are used up.",
            "used_bytes": spending.bytes,
            "begins_anew": spending.begins_anew.isoformat(),
        }
        title = f"{connection.name} may be billed no more today"
        report(findings=[_connection_finding(connection, rules, key, title, facts)], recoveries=[], now=now)
        return
    incidents = Incident.objects.filter(key=key).exclude(status=IncidentStatus.RESOLVED)
    if any(incident.facts.get(name) != value for incident in incidents for name, value in today.items()):
        report(findings=[], recoveries=[Recovery(key, {"checked_at": now.isoformat()})], now=now)


def _rules(outcomes: Iterable[Outcome]) -> dict[int, Rule]:
    return {outcome.item.work.rule.pk: outcome.item.work.rule for outcome in outcomes}


def _connection_facts(connection: Connection, rules: Mapping[int, Rule], now: datetime) -> dict[str, Any]:
    """What the facts of both incidents of a connection have in common."""
    return {
        "connection": connection.name,
        "kind": "",
        "rule": "",
        "table": "",
        "timezone": next(iter(rules.values())).timezone,
        "checked_at": now.isoformat(),
        "source": "",
        "trust": "exact",
        "reason": "",
        "rules": len(rules),
    }


def _connection_finding(
    connection: Connection, rules: Mapping[int, Rule], key: str, title: str, facts: dict[str, Any]
) -> Finding:
    """It is as severe as the worst of the rules that wait, and told to everyone whom they tell."""
    told = _told(rules).values()
    return Finding(
        key=key,
        team_id=connection.team_id,
        severity=min((rule.severity for rule in rules.values()), key=SEVERITIES.index),
        title=title,
        facts=facts,
        channel_ids=tuple(sorted({channel for each in told for channel in each.channels})),
        people=tuple(sorted({person for each in told for person in each.people})),
        subject=Subject(connection_id=connection.pk),
    )


def _is_finding(outcome: Outcome) -> bool:
    verdict = outcome.judgement.verdict
    # A single "could not check" may be a table that is just being swapped: the look a minute later decides. Of a budget
    # that is used up, the connection's incident tells.
    twice = verdict == "unknown" and outcome.item.verdict == "unknown"
    return verdict == "breached" or (twice and not outcome.over_budget)


def _finding(connection: Connection, outcome: Outcome, told: Told, now: datetime) -> Finding:
    item, rule = outcome.item, outcome.item.work.rule
    is_unknown = outcome.judgement.verdict == "unknown"
    about = f"{rule.name}: {item.table}" if item.table.name else rule.name
    return Finding(
        key=unknown_key(item.key) if is_unknown else item.key,
        team_id=rule.team_id,
        severity=rule.severity,
        title=f"{about} cannot be checked" if is_unknown else about,
        facts=facts_of(connection, outcome, now),
        channel_ids=told.channels,
        subject=Subject(
            connection_id=connection.pk,
            rule_id=rule.pk,
            kind=rule.kind,
            table=str(item.table) if item.table.name else "",
            tags=tuple(rule.tags),
            owner=told.owner,
        ),
        people=told.people,
    )


def facts_of(connection: Connection, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The plain values that texts are made from."""
    item, judgement = outcome.item, outcome.judgement
    kind, rule = item.work.kind, item.work.rule
    return {
        "situation": "unknown",
        "rule": rule.name,
        "kind": rule.kind,
        "connection": connection.name,
        "table": str(item.table) if item.table.name else "",
        "sentence": kind.sentence(item.subject, judgement.memory) if kind and not item.covers else "",
        "timezone": rule.timezone,
        "checked_at": now.isoformat(),
        "source": judgement.source,
        "trust": str(judgement.trust),
        "reason": judgement.reason,
        **judgement.facts,
    }


def _recoveries(connection: Connection, outcome: Outcome, now: datetime) -> Iterable[Recovery]:
    """What a good check puts an end to. A first good check has nothing to end, unless it follows something else."""
    item, verdict = outcome.item, outcome.judgement.verdict
    if verdict == "ok" and item.verdict not in ("ok", ""):
        yield Recovery(item.key, _good_facts(connection, outcome, now))
    if verdict != "unknown" and item.verdict == "unknown":
        yield Recovery(unknown_key(item.key), {"checked_at": now.isoformat()})


def _good_facts(connection: Connection, outcome: Outcome, now: datetime) -> dict[str, Any]:
    facts = facts_of(connection, outcome, now)
    del facts["situation"]  # a recovery keeps the situation that it ends
    return facts


def _told(rule_ids: Iterable[int]) -> dict[int, Told]:
    """Whom the rules name, in three statements however many rules there are."""
    ids = list(rule_ids)
    if not ids:
        return {}
    named = Rule.objects.filter(pk__in=ids)
    channels = _grouped(named.filter(notify__isnull=False).order_by("notify").values_list("pk", "notify"))
    people = _grouped(named.filter(people__isnull=False).order_by("people").values_list("pk", "people"))
    owners = dict(named.filter(owner__isnull=False).values_list("pk", "owner__email"))
    named_by = {*channels, *people, *owners}
    return {pk: Told(channels.get(pk, ()), people.get(pk, ()), owners.get(pk, "")) for pk in named_by}


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for rule_id, number in pairs:
        found[rule_id] = (*found.get(rule_id, ()), number)
    return found

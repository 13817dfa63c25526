"""Removing results that are older than the settings keep them, in small steps, so that nobody waits for the database.

Two things stay however old they are: the newest check of each table of a rule, which says how it stands, and those
observations that the rule still reckons with: as far back as its kind looks, and the last few in any case, since a
table that is loaded once a year has no other history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Model, OuterRef, QuerySet, Subquery

from apps.common.records import record
from apps.rules.items import rule_work
from apps.rules.models import Check, Observation, Rule, RuleState

STATES = 200  # that are looked at together
ROWS = 1_000  # that are removed by one statement
MOST = 500_000  # rows of a run; the next run goes on
CENTURY = timedelta(days=36_500)
LAST_MOMENTS = 60  # of a table and measure, whose observations stay


@record
class Keep:
    """For how long what is kept."""

    checks: timedelta
    observations: timedelta


@dataclass(slots=True)
class Pruned:
    """How many rows were removed, or would be. `more`: the run ended before all was done."""

    checks: int = 0
    observations: int = 0
    more: bool = False

    @property
    def rows(self) -> int:
        return self.checks + self.observations


def prune(*, keep: Keep, now: datetime, dry_run: bool = False, most: int = MOST) -> Pruned:
    """Remove what is too old, at most about `most` rows. Each step is a transaction of its own, so it can be stopped at
    any time and run beside checks and beside itself. `dry_run`: only count, all of it."""
    done = Pruned()
    for states in _groups():
        old_checks = _old_checks(states, now - keep.checks)
        done.checks += old_checks.count() if dry_run else _remove(old_checks, most - done.rows)
        for rows in _old_observations(states, keep.observations, now):
            done.observations += rows.count() if dry_run else _remove(rows, most - done.rows)
        if not dry_run and done.rows >= most:
            done.more = True
            return done
    return done


def _groups() -> Iterator[Sequence[int]]:
    last = 0
    while states := list(RuleState.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STATES]):
        yield states
        last = states[-1]


def _old_checks(states: Sequence[int], before: datetime) -> QuerySet[Check]:
    newest = Check.objects.filter(state=OuterRef("state")).order_by("-at", "-pk").values("pk")[:1]
    return Check.objects.filter(state__in=states, at__lt=before).exclude(pk=Subquery(newest))


def _old_observations(states: Sequence[int], keep: timedelta, now: datetime) -> Iterator[QuerySet[Observation]]:
    """Of each table and measure that has any, those that nothing needs."""
    old = Observation.objects.filter(state__in=states, at__lt=now - keep)
    pairs = list(old.order_by("state", "measure").values_list("state", "state__rule", "measure").distinct())
    looks_back = _looking_back({rule_id for _, rule_id, _ in pairs})
    for state_id, rule_id, measure in pairs:
        rows = Observation.objects.filter(state=state_id, measure=measure)
        moments = rows.order_by("-at").values_list("at", flat=True).distinct()[LAST_MOMENTS - 1 : LAST_MOMENTS]
        for last in moments:
            yield rows.filter(at__lt=min(last, now - max(keep, looks_back[rule_id])))


def _looking_back(rule_ids: set[int]) -> dict[int, timedelta]:
    """How far back each rule looks. Of one whose settings cannot be read nothing is known, so nothing of it is old."""
    found = {}
    for rule in Rule.objects.filter(pk__in=rule_ids).select_related("connection"):
        kind = rule_work(rule, rule.connection).kind
        found[rule.pk] = kind.looks_back if kind is not None else CENTURY
    return found


def _remove(rows: QuerySet[Check] | QuerySet[Observation], most: int) -> int:
    model: type[Model] = rows.model
    removed = 0
    while removed < most and (chosen := list(rows.values_list("pk", flat=True)[:ROWS])):
        removed += model._default_manager.filter(pk__in=chosen).delete()[0]
    return removed

"""The watch: one line per rule, the worst first. A fixed number of queries, however many rules there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery

from apps.alerts.models import Incident, IncidentStatus, Severity
from apps.alerts.services import leads_seen
from apps.common.records import record
from apps.connections.services import BLANKS, words_in
from apps.rules.kinds import KINDS
from apps.rules.models import Check, Rule, RuleState
from apps.rules.seen import seen_words
from apps.teams.permissions import Grant, allowed

PAGE = 100
# In the order of the page: what needs a person comes first.
STATES = {
    "breached": "Breached",
    "unknown": "Could not check",
    "never": "Not checked yet",
    "learning": "Learning",
    "ok": "OK",
    "paused": "Paused",
}
RANK = {state: rank for rank, state in enumerate(STATES)}
SHOWN = ("key", "title", "status", "opened_at", "reopened")  # of an incident
SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity.values)}


@record
class Question:
    """What a person asked to see. Empty means everything."""

    state: str = ""
    team: str = ""
    search: str = ""
    page: str = "1"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Question:
        """Read the query string; what makes no sense is as good as not asked."""
        state, team = asked.get("state", ""), asked.get("team", "")
        return cls(
            state=state if state in STATES else "",
            team=team if team.isdecimal() else "",
            search=asked.get("q", "").strip(BLANKS)[:200],
            page=asked.get("page", "1"),
        )


class Standing(NamedTuple):
    """Where a rule stands over all its tables."""

    state: str
    tables: Mapping[str, int]
    since: datetime | None
    last_check_at: datetime | None
    next_check_at: datetime | None


class Group(NamedTuple):
    """The tables of one rule that share a verdict."""

    verdict: str
    tables: int
    since: datetime | None
    latest: datetime | None
    last_check_at: datetime | None
    next_check_at: datetime | None


@record
class Line:
    """One rule on the page. `seen` says in words what was last found."""

    rule: Rule
    standing: Standing
    seen: str
    incident: Incident | None

    @property
    def state(self) -> str:
        return self.standing.state

    @property
    def patterns(self) -> str:
        return ", ".join(self.rule.include)

    @property
    def label(self) -> str:
        return STATES[self.state]


@record
class Watch:
    """Everything the page shows."""

    question: Question
    lines: list[Line]
    page: Page[int]
    counts: list[tuple[str, str, int]]
    rules: int
    mail_in_files: bool = field(default_factory=lambda: not settings.EMAIL_CONFIGURED)


def read_watch(grant: Grant, question: Question, now: datetime) -> Watch:
    """Read what `grant` may see of what was asked."""
    visible = allowed(Rule.objects.all(), grant)
    asked = _asked(visible, question)
    brief = {pk: (severity, paused) for pk, severity, paused in asked.values_list("pk", "severity", "paused")}
    standings = standings_of(asked, {pk: paused for pk, (_, paused) in brief.items()})
    counts = Counter(standing.state for standing in standings.values())
    chosen = [pk for pk in brief if question.state in ("", standings[pk].state)]
    chosen.sort(key=lambda pk: (RANK[standings[pk].state], SEVERITY_RANK[brief[pk][0]]))  # names stay in order
    page = Paginator(chosen, PAGE).get_page(question.page)
    return Watch(
        question=question,
        lines=_lines(list(page.object_list), standings, grant),
        page=page,
        counts=[(state, label, counts[state]) for state, label in STATES.items()],
        rules=len(brief),
    )


def _asked(visible: QuerySet[Rule], question: Question) -> QuerySet[Rule]:
    if question.team:
        visible = visible.filter(team_id=int(question.team))
    words = words_in(question.search)
    if question.search and not words:
        return visible.none()  # control characters alone
    for word in words:
        visible = visible.filter(
            Q(name__icontains=word) | Q(table__icontains=word) | Q(connection__name__icontains=word)
        )
    return visible.order_by("name", "pk")


def standings_of(rules: QuerySet[Rule], paused: Mapping[int, bool]) -> dict[int, Standing]:
    """The standing of each rule, from one grouped query: a rule on 5,000 tables comes as a handful of rows."""
    rows = (
        RuleState.objects.filter(rule__in=rules.order_by())
        .order_by()
        .values_list("rule_id", "verdict")
        .annotate(
            tables=Count("pk", filter=~Q(table="")),
            first=Min("since"),
            latest=Max("since"),
            last=Max("last_check_at"),
            next=Min("next_check_at"),
        )
    )
    groups: dict[int, list[Group]] = {}
    for rule_id, *group in rows:
        groups.setdefault(rule_id, []).append(Group(*group))
    return {rule_id: stand(groups.get(rule_id, []), paused=on_hold) for rule_id, on_hold in paused.items()}


def stand(groups: Iterable[Group], *, paused: bool) -> Standing:
    """A rule stands where its worst table stands."""
    known = list(groups)
    # The state that only matches patterns has no table; it counts when it could not look, or when it is all there is.
    judged = [group for group in known if group.tables or group.verdict == "unknown"] or known
    worst = min(judged, key=lambda group: RANK[group.verdict or "never"], default=None)
    state = (worst.verdict if worst else "") or "never"
    return Standing(
        state="paused" if paused else state,
        tables={group.verdict or "never": group.tables for group in known if group.tables},
        since=_since(worst),
        last_check_at=max((group.last_check_at for group in known if group.last_check_at), default=None),
        next_check_at=min((group.next_check_at for group in known if group.next_check_at), default=None),
    )


def _since(worst: Group | None) -> datetime | None:
    """Trouble counts from its first table on; all is well only since the last table was."""
    if worst is None:
        return None
    return worst.latest if worst.verdict == "ok" else worst.since


def _lines(ids: list[int], standings: Mapping[int, Standing], grant: Grant) -> list[Line]:
    rules = Rule.objects.select_related("team", "connection").in_bulk(ids)
    found = [rules[pk] for pk in ids if pk in rules]  # one may have been deleted since
    checks = _latest_checks([rule.pk for rule in found if rule.table])
    incidents = open_incidents(found, standings, grant)
    return [
        Line(rule, standings[rule.pk], _seen(rule, standings[rule.pk], checks.get(rule.pk)), incidents.get(rule.pk))
        for rule in found
    ]


def _latest_checks(rule_ids: Collection[int]) -> dict[int, Check]:
    newest = Check.objects.filter(state=OuterRef("pk")).order_by("-at").values("pk")[:1]
    states = RuleState.objects.filter(rule_id__in=rule_ids).annotate(newest=Subquery(newest))
    rule_of = dict(states.filter(newest__isnull=False).values_list("newest", "rule_id"))
    return {rule_of[check.pk]: check for check in Check.objects.filter(pk__in=rule_of)}


def _seen(rule: Rule, standing: Standing, check: Check | None) -> str:
    if not rule.table:
        return tables_words(standing.tables)
    if check is None:
        return ""
    return seen_words(KINDS[rule.kind].unit, check.verdict, check.measured, check.reason)


def tables_words(tables: Mapping[str, int]) -> str:
    """`1,000 tables: 50 breached, 950 OK`, the worst first."""
    total = sum(tables.values())
    if not total:
        return "No table matches the patterns yet."
    parts = [f"{tables[state]:,} {_inside(label)}" for state, label in STATES.items() if tables.get(state)]
    return f"{total:,} {'table' if total == 1 else 'tables'}: {', '.join(parts)}"


def _inside(label: str) -> str:
    """A state's label within a sentence; OK stays as it is."""
    return label if label.isupper() else label.lower()


def open_incidents(rules: Collection[Rule], standings: Mapping[int, Standing], grant: Grant) -> dict[int, Incident]:
    """The incident to look at first for each rule: its own, or the one that this is part of; else that of its
    connection. A budget that is used up stops only those that read data."""
    teams = {rule.team_id for rule in rules}
    # One that stays open for its parts alone is over for its own rule.
    rows = Incident.objects.filter(team_id__in=teams, over_at=None).exclude(status=IncidentStatus.RESOLVED)
    rows = allowed(rows, grant)
    shown = [f"{lead}{name}" for lead in ("", "merged_into__") for name in SHOWN]
    own: dict[int, Incident] = {}
    shared: dict[int, Incident] = {}
    waiting: dict[int, Incident] = {}
    found_open = list(rows.select_related("merged_into").only(*shown).order_by("opened_at"))
    leads = leads_seen(found_open, grant)
    for incident in found_open:
        family, _, rest = incident.key.partition("/")
        number, _, budget = rest.partition("/")
        if number.isdecimal() and family in ("rule", "connection"):
            place = own if family == "rule" else waiting if budget else shared
            lead = incident.merged_into if incident.merged_into_id in leads else None
            place.setdefault(int(number), lead or incident)
    stopped = {rule.pk: waiting.get(rule.connection_id) for rule in rules if standings[rule.pk].state == "unknown"}
    found = ((rule.pk, own.get(rule.pk) or shared.get(rule.connection_id) or stopped.get(rule.pk)) for rule in rules)
    return {pk: incident for pk, incident in found if incident is not None}

"""The rules that would be made, shown before they are, and those that were made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.alerts.models import Channel
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.models import Connection
from apps.rules import services
from apps.rules.drafts import RuleDraft
from apps.rules.kinds import KINDS
from apps.rules.models import Rule
from apps.rules.suggest.sealed import seal, unseal
from apps.rules.suggest.suggesting import Reading
from apps.rules.suggest.watching import Watched, make_rules
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act

CATALOGUE_KINDS = ("freshness", "volume", "schema")  # what the catalogue alone tells enough for
VALUE_KINDS = frozenset({"unique", "values", "nulls"})
DIGITS = 18  # no number of a row has more; databases refuse those that do


@record
class Asked:
    """What was ticked."""

    tables: frozenset[int]
    kinds: frozenset[str]
    channels: Sequence[Channel]
    reading: Reading

    @property
    def missing(self) -> str:
        """What must be ticked yet; empty: nothing."""
        if not self.tables:
            return "a table"
        return "" if self.kinds else "at least one thing to watch for"


class Offered(NamedTuple):
    """A proposed rule on the page; `place`: among all of them. Without a sentence, `problem` says what is wrong."""

    place: int
    kind: str
    name: str
    sentence: str
    why: str
    problem: str = ""


def read_asked(request: HttpRequest, connection: Connection) -> Asked:
    """From the form that lists the tables."""
    kinds = {kind for kind in request.POST.getlist("kind") if kind in KINDS}
    values = "values" in request.POST
    return Asked(
        tables=frozenset(_numbers(request, "table")),
        kinds=frozenset(kinds | (VALUE_KINDS if values else set())),
        channels=_channels(request, connection),
        reading=Reading(history="history" in request.POST, values=values),
    )


def show_proposed(request: HttpRequest, connection: Connection, asked: Asked) -> HttpResponse:
    """The rules that the ticked tables would get. Raises InvalidInput and EngineError where they cannot be read."""
    now = utc_now()
    found = services.suggest_tables(connection=connection, now=now)
    chosen = [each for each in found.ranked if each.table.id in asked.tables]
    proposed = services.propose_rules(connection=connection, suggestions=chosen, reading=asked.reading, now=now)
    drafts: list[RuleDraft] = []
    tables = []
    for each in chosen:
        offered = []
        for one in proposed[each.table.id]:
            if one.draft.kind in asked.kinds:
                offered.append(offer(len(drafts), one.draft, one.why))
                drafts.append(one.draft)
        tables.append((each.table.name, offered))
    context = {
        "connection": connection,
        "tables": tables,
        "count": len(drafts),
        "sealed": seal(connection, drafts),
        "channels": Channel.objects.filter(team=connection.team_id).order_by("name"),
        "told": {channel.pk for channel in asked.channels},
        "read": asked.reading,
    }
    return page(request, "rules/proposed.html", context, title=f"Rules for {connection}")


def offer(place: int, draft: RuleDraft, why: str) -> Offered:
    try:
        sentence, problem = services.sentence_of_draft(draft=draft), ""
    except InvalidInput as error:
        sentence, problem = "", str(error)
    return Offered(place, KINDS[draft.kind].label, draft.name, sentence, why, problem)


@require_POST
def make(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Make those of the shown rules that are ticked."""
    connection = seen(request, Connection.objects.select_related("team"), connection_id)
    require(request, Act.CONFIGURE, connection.team_id)
    channels = _channels(request, connection)
    asked = Asked(frozenset(), frozenset(), channels, Reading())
    try:
        drafts = unseal(connection, request.POST.get("rules", ""), set(_numbers(request, "rule")), channels)
    except InvalidInput as error:
        return show_made(request, connection, [], asked, problem=str(error))
    results = make_rules(connection, drafts, utc_now())
    told = "" if drafts else "No rule was ticked."
    return show_made(request, connection, results, asked, problem=told)


def show_made(
    request: HttpRequest, connection: Connection, results: Collection[Watched], asked: Asked, *, problem: str = ""
) -> HttpResponse:
    """What became of it."""
    made = [(each, _sentences(each.rules)) for each in results if each.rules]
    context = {
        "connection": connection,
        "made": made,
        "rules": sum(len(each.rules) for each, _ in made),
        "warnings": sorted({warning for each in results for warning in each.warnings}),
        "refused": [each for each in results if each.problem],
        "gone": max(0, len(asked.tables) - len(results)),
        "channels": asked.channels,
        "problem": problem,
    }
    return page(request, "rules/watched.html", context, title="What is watched now")


def _sentences(rules: Collection[Rule]) -> list[tuple[Rule, str]]:
    sentences = services.sentences_of(rules=list(rules))
    return [(rule, sentences[rule.pk]) for rule in rules]


def _channels(request: HttpRequest, connection: Connection) -> list[Channel]:
    return list(Channel.objects.filter(team=connection.team_id, pk__in=_numbers(request, "notify")))


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name) if value.isdecimal() and len(value) <= DIGITS]

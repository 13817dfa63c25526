"""The list under the patterns of the rule form: what they take in, and what cannot be checked and why."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.common.driverform import SettingsForm
from apps.connections.models import Connection
from apps.rules.drafts import RuleDraft
from apps.rules.forms import lines_of
from apps.rules.kinds import KINDS
from apps.rules.matching.matched import Matches, matched, pattern_of
from apps.rules.models import Rule
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act

SHOWN = 200  # names


@require_POST
def match_list(request: HttpRequest) -> HttpResponse:
    """What the patterns that are in the form so far take in. `rule`: the one that is changed."""
    kind, connection_id = request.GET.get("kind", ""), request.POST.get("connection", "")
    if kind not in KINDS:
        raise Http404
    include, exclude = (lines_of(request.POST.get(name, "")) for name in ("include", "exclude"))
    if not connection_id or not include:
        return HttpResponse()
    connection = seen(request, Connection.objects.all(), connection_id)
    require(request, Act.CONFIGURE, connection.team_id)
    found = _matches(request, connection, kind, include, exclude)
    context = {
        "found": found,
        "shown": found.found[:SHOWN],
        "more": len(found.found[SHOWN:]),
        "works": len(found.found) - len(found.broken),
        "doubled_patterns": "\n".join(pattern_of(each.table) for each in found.doubled),
        "broken_patterns": "\n".join(pattern_of(each.table) for each in found.broken),
        "connection": connection,
    }
    return render(request, "rules/_matches.html", context)


def _matches(
    request: HttpRequest, connection: Connection, kind: str, include: tuple[str, ...], exclude: tuple[str, ...]
) -> Matches:
    settings = SettingsForm(KINDS[kind].Settings, request.POST)
    values = settings.values() if settings.is_valid() else {}
    rule_id = request.GET.get("rule", "")
    draft = RuleDraft(
        name="A rule", connection=connection, kind=kind, include=include, exclude=exclude, settings=values,
        timezone=connection.timezone,
    )  # fmt: skip
    return matched(draft, rule_id=int(rule_id) if rule_id.isdecimal() else None)


def pattern_rule(request: HttpRequest, kind: str) -> Rule | None:
    """The rule with patterns that a new rule of this kind takes its table out of, as the address says. Else None."""
    wanted = request.GET.get("instead_of", "")
    if not wanted.isdecimal():
        return None
    rule = seen(request, Rule.objects.select_related("team", "connection").filter(table="", kind=kind), wanted)
    require(request, Act.CONFIGURE, rule.team_id)
    return rule

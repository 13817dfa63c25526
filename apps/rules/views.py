"""The page of one rule, and what can be done there."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.alerts.services import moments_to_show, silences_on
from apps.common.clock import utc_now
from apps.rules import services
from apps.rules.feedback.forms import FeedbackForm, effects, first_guess
from apps.rules.models import Rule
from apps.rules.overview import STATES
from apps.rules.rulepage import Choice, read_rule
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act, grant_of


@require_GET
def rule_page(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule: when it alerts, how it stands, what was measured."""
    rule = seen(request, Rule.objects.select_related("team", "connection"), rule_id)
    asked, now = request.GET, utc_now()
    choice = Choice(
        state_id=asked.get("table", ""),
        table=asked.get("of", ""),
        segment=asked.get("value", ""),
        verdict=asked.get("state", ""),
        page=asked.get("page", "1"),
    )
    shown = read_rule(rule, choice, now)
    grant = grant_of(request.user)
    context = {
        "shown": shown,
        "states": STATES,
        "verdict": request.GET.get("state", ""),
        "page_query": urlencode({"state": request.GET["state"]}) if request.GET.get("state") else "",
        "form": FeedbackForm(initial=first_guess(shown.state, asked, now)) if shown.state else None,
        "effects": effects(),
        "silences": silences_on(
            team_id=rule.team_id,
            rule_id=rule.pk,
            connection_id=rule.connection_id,
            table=rule.table,
            tags=rule.tags,
            now=now,
        ),
        "shared_with": list(rule.shared_with.all()),
        "reads_team": grant.allows(Act.VIEW, rule.team_id),
        "may_operate": grant.allows(Act.OPERATE, rule.team_id),
        "may_configure": grant.allows(Act.CONFIGURE, rule.team_id),
    }
    return page(request, "rules/rule.html", context, title=rule.name)


@require_GET
def told(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Who would be told if the rule found trouble, now and at night; of a rule with patterns: in the table `of`."""
    rules = Rule.objects.select_related("team", "owner").prefetch_related("notify", "people")
    rule = seen(request, rules, rule_id)
    require(request, Act.VIEW, rule.team_id)  # whom a team tells is not shared with its rules
    table, now = rule.table or request.GET.get("of", ""), utc_now()
    moments = moments_to_show(now=now, timezone=rule.team.timezone)
    previews = [(label, services.told_of(rule, table=table, at=at)) for label, at in moments]
    return render(request, "midwatch/_told.html", {"previews": previews})


@require_POST
def check_now(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Make the rule's checks due at once; the worker takes them."""
    rule = seen(request, Rule.objects.all(), rule_id)
    require(request, Act.OPERATE, rule.team_id)
    services.request_check(rule=rule, now=utc_now())
    messages.success(request, "The check is asked for. Its result is here within a few seconds.")
    return redirect("admin:rules_rule_page", rule_id)


@require_POST
def set_paused(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Pause or resume, as the field `paused` says."""
    rule = seen(request, Rule.objects.select_related("connection"), rule_id)
    require(request, Act.CONFIGURE, rule.team_id)
    paused = request.POST.get("paused") == "yes"
    services.set_paused(rule=rule, paused=paused, now=utc_now())
    messages.success(request, "The rule is paused. Nothing is checked." if paused else "The rule is live again.")
    return redirect("admin:rules_rule_page", rule_id)

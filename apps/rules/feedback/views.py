"""What a person does on the page of a rule about what it found: say something, take it back, let it learn."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.rules import services
from apps.rules.feedback.forms import FeedbackForm
from apps.rules.feedback.learnedlimits import HOW
from apps.rules.feedback.proposing import proposal_of
from apps.rules.models import Feedback, Rule
from apps.teams.adminsite import require, seen
from apps.teams.models import User
from apps.teams.permissions import Act, grant_of

RULES = Rule.objects.select_related("connection")


@require_POST
def give(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Say something of a table that the rule watches."""
    rule = seen(request, RULES, rule_id)
    require(request, Act.OPERATE, rule.team_id)
    form, table = FeedbackForm(request.POST), request.POST.get("of", "")
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.warning(request, f"{form.fields[name].label or name.capitalize()}: {' '.join(map(str, errors))}")
        return _back(rule, table)
    user = request.user if isinstance(request.user, User) else None
    try:
        services.give_feedback(rule=rule, table=table, said=form.said(), user=user, by_name=str(user), now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "Thank you. The next check, in a moment, takes it into account.")
    return _back(rule, table)


@require_POST
def take_back(request: HttpRequest, rule_id: int, feedback_id: int) -> HttpResponse:
    """It counts no more."""
    rule = seen(request, RULES, rule_id)
    require(request, Act.OPERATE, rule.team_id)
    feedback = get_object_or_404(Feedback.objects.select_related("state"), pk=feedback_id, state__rule=rule)
    try:
        services.take_back_feedback(feedback=feedback, by_name=str(request.user), now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "It was taken back, and counts no more.")
    return _back(rule, f"{feedback.state.schema}.{feedback.state.table}")


@require_POST
def set_learned(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Let what is learned be drawn, alert as well, or alert instead, as the field `learned` says."""
    rule = seen(request, RULES, rule_id)
    require(request, Act.CONFIGURE, rule.team_id)
    how = request.POST.get("learned", "")
    try:
        services.set_learned(rule=rule, how=how, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, HOW[how])
    return _back(rule, request.POST.get("of", ""))


@require_GET
def proposed(request: HttpRequest, rule_id: int) -> HttpResponse:
    """A better rule, where what people said of its alerts suggests one. It is tried on the past, which takes a moment:
    the page of the rule asks for it by itself."""
    rule = seen(request, RULES, rule_id)
    proposal = proposal_of(rule=rule, now=utc_now())
    context = {
        "rule": rule,
        "proposal": proposal,
        "changes": json.dumps(dict(proposal.changes)) if proposal and proposal.changes else "",
        "may_configure": grant_of(request.user).allows(Act.CONFIGURE, rule.team_id),
    }
    return render(request, "rules/_proposal.html", context)


@require_POST
def take_over(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change the rule as is proposed."""
    rule = seen(request, RULES, rule_id)
    require(request, Act.CONFIGURE, rule.team_id)
    try:
        changes = json.loads(request.POST.get("changes", ""))
    except ValueError:
        changes = None
    try:
        services.take_over(rule=rule, changes=changes if isinstance(changes, dict) else {}, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The rule was changed as proposed. Its history has the old settings.")
    return _back(rule, "")


def _back(rule: Rule, table: str) -> HttpResponseRedirect:
    address = reverse("admin:rules_rule_page", args=[rule.pk])
    return redirect(f"{address}?{urlencode({'of': table})}" if table and not rule.table else address)

"""Adding, changing and ending a silence, with a sentence that says what it does while it is being written."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.alerts import services
from apps.alerts.models import Silence
from apps.alerts.silences import subjects
from apps.alerts.silences.forms import NEEDS, SilenceForm, initial_of
from apps.alerts.silences.saving import sentence_of, silence_of, state_of
from apps.common.clock import utc_now
from apps.common.driverform import show_problem
from apps.common.errors import InvalidInput
from apps.teams.adminsite import page, require, seen
from apps.teams.models import Team
from apps.teams.permissions import Act, allowed, grant_of, teams_for


def form_page(request: HttpRequest, silence: Silence | None, *, may_change: bool) -> HttpResponse:
    """The form of a new or a saved silence, and what comes of sending it."""
    data = request.POST if request.method == "POST" else None
    initial = initial_of(silence) if silence else _first_values(request)
    form = SilenceForm(data, grant=grant_of(request.user), saved=silence is not None, initial=initial)
    if data is not None and form.is_valid():
        saved = _save(request, form, silence)
        if saved:
            messages.success(request, f"Saved. {_sentence(saved)}")
            return redirect("admin:alerts_silence_changelist")
    now = utc_now()
    state = state_of(silence, now=now) if silence else ""
    context = {
        "form": form,
        "silence": silence,
        "state": state,
        "may_change": may_change and state != "Over",
        "may_end": may_change and silence is not None and state != "Over",
        "sentence": _sentence(silence) if silence else "",
        "zones": sorted(zoneinfo.available_timezones()),
    }
    title = f"Silence: {silence}" if silence else "Add a silence: what should nobody be told?"
    return page(request, "alerts/silence_form.html", context, title=title)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The sentence of what is in the form so far, or in words what is missing."""
    grant = grant_of(request.user)
    data = request.POST.copy()
    data["reason"] = data.get("reason") or "A reason"  # the sentence does not depend on it
    form = SilenceForm(data, grant=grant, saved=False)
    context = {}
    if form.is_valid():
        team: Team = form.cleaned_data["team"]
        try:
            context["sentence"] = _sentence(silence_of(team=team, draft=form.draft(), now=utc_now()))
        except InvalidInput as error:
            context["problem"] = str(error)
    else:
        context["problem"] = str(next(iter(form.errors.values()))[0])
    return render(request, "alerts/_silence_sentence.html", context)


@require_POST
def end(request: HttpRequest, silence_id: int) -> HttpResponse:
    """End it now."""
    silence = seen(request, Silence.objects.all(), silence_id)
    require(request, NEEDS[Silence.Kind(silence.kind)], silence.team_id)
    try:
        begun = services.end_silence(silence=silence, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        ended = "The silence is over. What was held back and is still broken is told within seconds."
        messages.success(request, ended if begun else "The silence is taken away; it had not begun yet.")
    return redirect("admin:alerts_silence_changelist")


def _save(request: HttpRequest, form: SilenceForm, silence: Silence | None) -> Silence | None:
    user: Any = request.user
    team = silence.team if silence else form.cleaned_data["team"]
    draft = form.draft()
    require(request, NEEDS[Silence.Kind(draft.kind)], team.pk)
    try:
        return services.save_silence(team=team, draft=draft, owner=user, now=utc_now(), instance=silence)
    except InvalidInput as error:
        show_problem(error, form)
        return None


def _sentence(silence: Silence) -> str:
    return sentence_of(
        silence,
        now=utc_now(),
        rule=subjects.name_in_team(subjects.rules(), silence.rule_id, silence.team_id),
        connection=subjects.name_in_team(subjects.connections(), silence.connection_id, silence.team_id),
    )


def _first_values(request: HttpRequest) -> dict[str, Any]:
    """A page that leads here may name a rule or a connection; its team then comes first."""
    grant = grant_of(request.user)
    user: Any = request.user
    values: dict[str, Any] = {"timezone": user.timezone, "kind": Silence.Kind.MUTE}
    for name, rows in (("rule", subjects.rules()), ("connection", subjects.connections())):
        asked = request.GET.get(name, "")
        found: Any = allowed(rows, grant, act=Act.OPERATE).filter(pk=asked).first() if asked.isdecimal() else None
        if found:
            values |= {name: found.pk, "team": found.team_id}
    first = teams_for(grant, Act.OPERATE).first()
    return {"team": first.pk if first else None} | values

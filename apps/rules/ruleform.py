"""Adding and changing a rule: choose a kind, fill in the form, read the sentence, save."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import utc_now
from apps.common.driverform import SettingsForm, show_problem, with_labels
from apps.common.errors import InvalidInput, MidwatchError
from apps.connections.models import Connection, Table
from apps.connections.services import ENGINES, TableName, columns_by_table, list_tables, parse_table
from apps.rules import services
from apps.rules.backtest.handles import handles_of
from apps.rules.backtest.picture import chart_of, value_lines
from apps.rules.drafts import RuleDraft
from apps.rules.forms import RuleForm, initial_of
from apps.rules.kinds import KINDS
from apps.rules.kinds.settings import NAMES_OF_COLUMNS, own_first, shared_names
from apps.rules.matching.views import pattern_rule
from apps.rules.models import Rule
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act, allowed, grant_of

MANY_TABLES = 5000
PATIENCE = 1.0  # seconds of a processor that reckoning may take, twice at most, while somebody types


def add_rule(request: HttpRequest) -> HttpResponse:
    """Choose a kind; then the form of that kind. Saving makes the rule live."""
    grant = grant_of(request.user)
    if not grant.allows_anywhere(Act.CONFIGURE):
        raise PermissionDenied
    kind = request.GET.get("kind", "")
    if kind not in KINDS:
        has_connection = allowed(Connection.objects.all(), grant, act=Act.CONFIGURE).exists()
        context = {
            "kinds": [(key, KINDS[key].label, KINDS[key].tells) for key in KINDS],
            "has_connection": has_connection,
        }
        return page(request, "rules/choose_kind.html", context, title="Add a rule: what should it notice?")
    initial: dict[str, Any] = {"timezone": request.user.timezone}  # type: ignore[union-attr]
    initial |= {name: request.GET[name] for name in ("connection", "table") if request.GET.get(name)}
    return _form_page(request, kind, None, initial)


def change_rule(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Change a rule; its kind stays."""
    require(request, Act.CONFIGURE, rule.team_id)
    return _form_page(request, rule.kind, rule, initial_of(rule))


def _form_page(request: HttpRequest, kind: str, rule: Rule | None, initial: Mapping[str, Any]) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, grant=grant_of(request.user), initial=initial)
    settings = SettingsForm(KINDS[kind].Settings, data, stored=rule.settings if rule else None)
    beside = pattern_rule(request, kind) if rule is None else None
    if data is not None and form.is_valid() & settings.is_valid():
        saved = _save(form, settings, kind, rule, beside)
        if saved:
            _say_saved(request, saved, new=rule is None)
            return redirect("admin:rules_rule_page", saved.rule.pk)
    shared = shared_names(KINDS[kind].Settings)
    settings.suggest("columns", NAMES_OF_COLUMNS)
    context = {
        "form": form,
        "settings_form": settings,
        "shared": [settings[name] for name in settings.fields if name in shared],
        "shared_used": data is not None or (rule is not None and not shared.isdisjoint(rule.settings)),
        "own": [settings[name] for name in own_first(KINDS[kind].Settings) if name not in shared],
        "kind": kind,
        "label": KINDS[kind].label,
        "tells": KINDS[kind].tells,
        "rule": rule,
        "beside": beside,
        "zones": sorted(zoneinfo.available_timezones()),
    }
    title = f"Change {rule.name}" if rule else f"Add a rule: {KINDS[kind].label.lower()}"
    return page(request, "rules/rule_form.html", context, title=title)


def _save(
    form: RuleForm, settings: SettingsForm, kind: str, rule: Rule | None, beside: Rule | None
) -> services.SavedRule | None:
    draft = form.draft(kind, settings.values(), paused=rule.paused if rule else False)
    team = rule.team if rule else draft.connection.team
    try:
        if beside is not None:
            return services.save_beside(draft=draft, beside=beside, now=utc_now())
        return services.save_rule(team=team, draft=draft, instance=rule, now=utc_now())
    except InvalidInput as error:
        show_problem(error, form, settings)
        return None


def _say_saved(request: HttpRequest, saved: services.SavedRule, *, new: bool) -> None:
    for warning in saved.warnings:
        messages.warning(request, warning)
    if saved.rule.paused:
        messages.success(request, "The rule is saved. It stays paused.")
    elif new:
        messages.success(request, "The rule is live. Its first check runs now.")
    elif saved.changed:
        messages.success(request, "The rule is saved. It is checked again now.")
    else:
        messages.info(request, "Nothing was changed.")


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The sentence of what is in the form so far, or in words what is missing."""

    def sentence(draft: RuleDraft) -> str:
        return services.sentence_of_draft(draft=draft, measured=True)

    return _answer(request, "rules/_sentence.html", sentence)


@require_POST
def cost(request: HttpRequest) -> HttpResponse:
    """What the checks of what is in the form would cost. It asks the data store, so only when a person wants it."""

    def sentence(draft: RuleDraft) -> str:
        return services.estimate_cost(team=draft.connection.team, draft=draft, now=utc_now()).sentence

    return _answer(request, "rules/_cost.html", sentence)


@require_POST
def backtest(request: HttpRequest) -> HttpResponse:
    """What would have come of what is in the form so far, in the past of its table. Where reading that costs money, it
    is read only when a person presses the button, which sends `read`."""
    if connection := request.POST.get("connection", ""):
        if not connection.isdecimal():
            raise Http404
        require(request, Act.CONFIGURE, seen(request, Connection.objects.all(), connection).team_id)
    rule = _tried_rule(request)
    context: dict[str, Any] = {"kind": request.GET.get("kind", ""), "rule": rule}
    try:
        draft, may_spend = entered(request), "read" in request.GET
        found = services.backtest(draft=draft, rule=rule, may_spend=may_spend, seconds=PATIENCE, now=utc_now())
    except InvalidInput as error:
        context["problem"] = _with_labels(request, error)
    else:
        context |= {"found": found, "trial": found.shown}
        if trial := found.shown:
            handles = handles_of(trial, found.kind.settings)
            context |= {"chart": chart_of(trial), "values": value_lines(trial), "handles": handles}
    return render(request, "rules/_backtest.html", context)


def _tried_rule(request: HttpRequest) -> Rule | None:
    """The rule that is being changed, of which people may have said something; None: it is a new one."""
    if not request.GET.get("rule"):
        return None
    if not request.GET["rule"].isdecimal():
        raise Http404
    rule = seen(request, Rule.objects.all(), request.GET["rule"])
    require(request, Act.CONFIGURE, rule.team_id)
    return rule


def _with_labels(request: HttpRequest, error: InvalidInput) -> str:
    return with_labels(str(error), SettingsForm(KINDS[request.GET["kind"]].Settings))


def _answer(request: HttpRequest, template: str, told: Callable[[RuleDraft], str]) -> HttpResponse:
    """What `told` says of the rule that was entered so far, or in words what is missing."""
    sentence, problem = "", ""
    try:
        sentence = told(entered(request))
    except InvalidInput as error:
        problem = _with_labels(request, error)
    return render(request, template, {"sentence": sentence, "problem": problem})


def entered(request: HttpRequest) -> RuleDraft:
    """The rule that was entered so far. Raises InvalidInput that says in words what is missing."""
    kind = request.GET.get("kind", "")
    if kind not in KINDS:
        raise Http404
    data = request.POST.copy()
    data["name"] = data.get("name") or "A rule"  # nothing that is told depends on it
    form = RuleForm(data, grant=grant_of(request.user))
    settings = SettingsForm(KINDS[kind].Settings, data)
    if form.is_valid() & settings.is_valid():
        return form.draft(kind, settings.values())
    raise InvalidInput(_first_problem(form, settings))


def _first_problem(*forms: RuleForm | SettingsForm) -> str:
    for form in forms:
        for name, problems in form.errors.items():
            label = form.fields[name].label or name.replace("_", " ").capitalize()
            return f"{label}: {problems[0]}"
    return ""


@require_GET
def table_names(request: HttpRequest) -> HttpResponse:
    """The known tables of a connection, as suggestions for the form."""
    if not request.GET.get("connection"):
        return HttpResponse()
    connection = seen(request, Connection.objects.all(), request.GET["connection"])
    require(request, Act.CONFIGURE, connection.team_id)
    known = Table.objects.filter(connection=connection, gone_at=None).values_list("schema", "name")
    names = [str(TableName(*pair)) for pair in known[:MANY_TABLES]]
    if not names:
        names = _ask_store(connection)
    return render(request, "rules/_tables.html", {"names": names})


@require_GET
def column_names(request: HttpRequest) -> HttpResponse:
    """The columns of a table as the catalogue has them, as suggestions for the form. The data store is not asked."""
    if not request.GET.get("connection") or not request.GET.get("table"):
        return HttpResponse()
    connection = seen(request, Connection.objects.all(), request.GET["connection"])
    require(request, Act.CONFIGURE, connection.team_id)
    try:
        schema, name = parse_table(request.GET["table"], default_schema=ENGINES[connection.engine].default_schema)
    except ValueError:  # half a name, while it is being typed
        return HttpResponse()
    table = Table.objects.filter(connection=connection, schema=schema, name=name, gone_at=None).first()
    names = [column.name for column in columns_by_table([table.pk]).get(table.pk, ())] if table else []
    return render(request, "rules/_tables.html", {"names": names})


def _ask_store(connection: Connection) -> list[str]:
    """A connection that was never watched has no catalogue yet. Suggestions are a comfort: trouble gives none."""
    try:
        return [str(info.name) for info in list_tables(connection=connection)[:MANY_TABLES]]
    except MidwatchError:
        return []

"""The list of rules, and where the pages of one rule live."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.views import ChangeList as UnfoldChangeList

from apps.changes.services import undoable
from apps.common.clock import utc_now
from apps.rules import connectionpart, drafttold, ruleform, services, views
from apps.rules.feedback import history as feedback_history
from apps.rules.feedback import views as feedback_views
from apps.rules.kinds import KINDS
from apps.rules.matching import views as match_views
from apps.rules.models import Check, Rule, RuleState
from apps.rules.results import views as result_views
from apps.rules.rulepage import incidents_of
from apps.teams.adminsite import HistoryEntry, TeamAdmin, of_team, page
from apps.teams.permissions import Act


class RuleList(UnfoldChangeList):
    def url_for_result(self, result: Rule) -> str:
        return reverse("admin:rules_rule_page", args=[result.pk])


@admin.register(Rule)
class RuleAdmin(TeamAdmin):
    list_display = ("name", "kind_label", "connection", "tables", "severity", "team", "live")
    list_filter = ("kind", "severity", "paused", of_team("team"), of_team("connection"))
    list_select_related = ("connection", "team")
    search_fields = ("name", "table", "connection__name")
    actions = ("check_now", "pause", "resume")

    @display(description="Kind", ordering="kind")
    def kind_label(self, rule: Rule) -> str:
        return KINDS[rule.kind].label

    @display(description="Tables", ordering="table")
    def tables(self, rule: Rule) -> str:
        return rule.table or ", ".join(rule.include)

    @display(description="State", ordering="paused", label={"Live": "success", "Paused": "info"})
    def live(self, rule: Rule) -> str:
        return "Paused" if rule.paused else "Live"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RuleList

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(ruleform.preview), name="rules_rule_preview"),
            path("cost/", wrap(ruleform.cost), name="rules_rule_cost"),
            path("backtest/", wrap(ruleform.backtest), name="rules_rule_backtest"),
            path("matches/", wrap(match_views.match_list), name="rules_rule_matches"),
            path("of/<int:connection_id>/", wrap(connectionpart.connection_part), name="connection_standing"),
            path("told/", wrap(drafttold.told), name="rules_rule_draft_told"),
            path("tables/", wrap(ruleform.table_names), name="rules_rule_tables"),
            path("columns/", wrap(ruleform.column_names), name="rules_rule_columns"),
            path("<int:rule_id>/", wrap(views.rule_page), name="rules_rule_page"),
            path("<int:rule_id>/check/", wrap(views.check_now), name="rules_rule_check"),
            path("<int:rule_id>/told/", wrap(views.told), name="rules_rule_told"),
            path("<int:rule_id>/checks/", wrap(result_views.checks), name="rules_rule_checks"),
            path("<int:rule_id>/checks.csv", wrap(result_views.checks_file), name="rules_rule_checks_file"),
            path("<int:rule_id>/learned/", wrap(feedback_views.set_learned), name="rules_rule_learned"),
            path("<int:rule_id>/proposed/", wrap(feedback_views.proposed), name="rules_rule_proposed"),
            path("<int:rule_id>/proposal/", wrap(feedback_views.take_over), name="rules_rule_take_over"),
            path("<int:rule_id>/feedback/", wrap(feedback_views.give), name="rules_rule_feedback"),
            path(
                "<int:rule_id>/feedback/<int:feedback_id>/back/",
                wrap(feedback_views.take_back),
                name="rules_rule_feedback_back",
            ),
            path("<int:rule_id>/pause/", wrap(views.set_paused), name="rules_rule_pause"),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return ruleform.add_rule(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return ruleform.change_rule(request, self.found(request, object_id))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history, with a button at the newest change, where it can be undone."""
        rule = self.found(request, object_id)
        undo = undoable(model="rules.rule", object_id=rule.pk) if self.may(request, Act.CONFIGURE, rule) else None
        context = {"object": rule, "entries": self.history_of(rule), "undo": undo}
        return page(request, "midwatch/history.html", context, title=f"History of {rule}")

    def history_of(self, row: Rule) -> list[HistoryEntry]:
        return feedback_history.joined(super().history_of(row), row)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        services.delete_rule(rule=obj, now=utc_now())

    def goes_along(self, row: Rule) -> dict[str, int]:
        return {
            "Tables that it watches": RuleState.objects.filter(rule=row).exclude(table="").count(),
            "Results of checks": Check.objects.filter(state__rule=row).count(),
            "Open incidents, which are closed": incidents_of(row).exclude(status="resolved").count(),
        }

    @action(description="Check now")
    def check_now(self, request: HttpRequest, rules: QuerySet[Rule]) -> None:
        self._each(request, rules, Act.OPERATE, services.request_check)

    @action(description="Pause")
    def pause(self, request: HttpRequest, rules: QuerySet[Rule]) -> None:
        self._each(request, rules, Act.CONFIGURE, partial(services.set_paused, paused=True))

    @action(description="Resume")
    def resume(self, request: HttpRequest, rules: QuerySet[Rule]) -> None:
        self._each(request, rules, Act.CONFIGURE, partial(services.set_paused, paused=False))

    def _each(self, request: HttpRequest, rules: QuerySet[Rule], act: Act, do: Callable[..., None]) -> None:
        """Do something to each chosen rule that the person's role allows it for, and say how many were left out."""
        chosen = list(rules.select_related("connection"))
        mine = [rule for rule in chosen if self.may(request, act, rule)]
        for rule in mine:
            do(rule=rule, now=utc_now())
        messages.success(request, f"Done for {len(mine)} of {len(chosen)} rules.")
        if len(mine) < len(chosen):
            messages.warning(request, "The others belong to a team in which your role does not allow it.")

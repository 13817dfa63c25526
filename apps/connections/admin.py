"""Connections: the list with how each fares, the form of each engine, and the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import widgets
from unfold.decorators import display

from apps.common.clock import utc_now
from apps.common.driverform import SettingsForm, show_problem
from apps.common.errors import InvalidInput
from apps.common.plugins import Driver
from apps.common.templatetags.midwatch import relative, stamp
from apps.connections import cataloguepage, services
from apps.connections.engines import ENGINES
from apps.connections.engines.contract import Engine, missing
from apps.connections.models import Connection, ConnectionState
from apps.teams.adminsite import of_team, page, require, seen
from apps.teams.driveradmin import DriverAdmin, FrameForm
from apps.teams.models import Team
from apps.teams.permissions import Act


class ConnectionForm(FrameForm):
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"list": "zones", "autocomplete": "off"}),
        help_text="Times without a zone in this data store are read in this zone.",
    )


@admin.register(Connection)
class ConnectionAdmin(DriverAdmin):
    registry = ENGINES
    key_field = "engine"
    frame_form = ConnectionForm
    form_template = "connections/connection.html"
    choose_title = "Add a connection: which data store?"
    list_display = ("name", "engine_label", "state_words", "contents", "team")
    list_filter = ("engine", of_team("team"))
    list_select_related = ("team", "state")
    search_fields = ("name",)

    @display(description="Data store", ordering="engine")
    def engine_label(self, connection: Connection) -> str:
        return ENGINES[connection.engine].label

    @display(description="State")
    def state_words(self, connection: Connection) -> str | SafeString:
        return state_words(_state(connection))

    @display(description="Contents")
    def contents(self, connection: Connection) -> str:
        state = _state(connection)
        return f"{state.tables:,} tables, {state.views or 0:,} views" if state and state.tables is not None else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("test/", view(self.test_view), name="connections_connection_test"),
            path("script/", view(self.script_view), name="connections_connection_script"),
            path("<int:connection_id>/look/", view(cataloguepage.look_now), name="connections_connection_look"),
            path(
                "<int:connection_id>/catalogue/",
                view(cataloguepage.catalogue_part),
                name="connections_connection_catalogue",
            ),
            *super().get_urls(),
        ]

    def card_hint(self, driver: type[Driver]) -> str:
        return hint_parts(driver)[0] if issubclass(driver, Engine) else ""

    def missing(self, driver: type[Driver]) -> str:
        return missing(driver) if issubclass(driver, Engine) else ""

    def save(self, *, team: Team, frame: Mapping[str, Any], key: str, settings: Mapping[str, Any], row: Any) -> Any:
        return services.save_connection(
            team=team, name=frame["name"], engine=key, settings=settings, timezone=frame["timezone"], instance=row
        )

    def page_context(self, request: HttpRequest, key: str, row: Any) -> dict[str, Any]:
        hint, hints = hint_parts(ENGINES[key])
        which = urlencode({"engine": key} if row is None else {"connection": row.pk})
        context = {"hint": hint, "hints": hints, "test_url": f"{reverse('admin:connections_connection_test')}?{which}"}
        if services.read_only_script(engine=key, settings=row.settings if row else {}):
            context["script_url"] = f"{reverse('admin:connections_connection_script')}?{which}"
            context["script_title"] = ENGINES[key].grant_title
        if row is None:
            return context
        return {
            **context,
            "rules": row.rules.order_by("name"),
            "state_words": state_words(_state(row)),
            **cataloguepage.context_of(request, row, utc_now()),
        }

    def goes_along(self, row: Connection) -> dict[str, int]:
        return {"Known tables": row.tables.count()}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        # Deleting a rule closes its incidents; a connection that takes its rules along would leave them open for ever.
        row = self.found(request, object_id)
        rules = list(row.rules.order_by("name"))
        if rules and self.has_delete_permission(request, row):
            context = {"object": row, "rules": rules}
            return page(request, "connections/in_use.html", context, title=f"{row} is in use")
        return super().delete_view(request, object_id, extra_context)

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Try what stands in the form, saved or not; an empty secret stands for the stored one."""
        key, row, form = self._posted(request)
        report = None
        if form.is_valid():
            try:
                report = services.test_settings(engine=key, settings=form.values(), instance=row)
            except InvalidInput as error:
                show_problem(error, form)
        return render(request, "connections/_test.html", {"report": report, "form": form, "row": row})

    def script_view(self, request: HttpRequest) -> HttpResponse:
        """The script for a login that can only read, from what stands in the form so far."""
        key, _, form = self._posted(request)
        form.is_valid()  # what is not valid yet is left out
        script = services.read_only_script(engine=key, settings=form.values())
        driver = ENGINES[key]
        context = {"script": script, "script_title": driver.grant_title, "advice": driver.grant_advice}
        return render(request, "connections/_script.html", context)

    def _posted(self, request: HttpRequest) -> tuple[str, Connection | None, SettingsForm]:
        """The engine and the form of a request about a connection, saved or not, to whom may configure it."""
        if request.method != "POST":
            raise Http404
        key, row = request.GET.get("engine", ""), None
        if request.GET.get("connection"):
            row = seen(request, Connection.objects.all(), request.GET["connection"])
            require(request, Act.CONFIGURE, row.team_id)
            key = row.engine
        elif not self.has_add_permission(request):
            raise PermissionDenied
        if key not in ENGINES:
            raise Http404
        return key, row, self.forms_for(request, key, row, request.POST)[1]


def hint_parts(driver: type[Engine]) -> tuple[str, list[tuple[str, str]]]:
    """Where the credentials are found: in general, and by provider."""
    first, *rest = driver.credentials_hint.splitlines() or [""]
    return first, [(name, text) for name, _, text in (line.partition(": ") for line in rest)]


def _state(connection: Connection) -> ConnectionState | None:
    return getattr(connection, "state", None)


def state_words(state: ConnectionState | None) -> str | SafeString:
    """How a connection fares, in words."""
    if state and state.failing_since:
        return format_html("Failing since {}. {}", stamp(state.failing_since), state.error)
    if state and state.answered_at:
        return format_html("Answered {}.", relative(state.answered_at))
    return "Not asked yet: that happens within seconds."

"""Pages of things that a driver stands behind (connections, channels): choose the driver, fill in its settings, save.

The form comes from the driver's `Settings` model, so a new driver has its pages without a line of code here.
"""

from __future__ import annotations

import zoneinfo
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold import widgets

from apps.common.driverform import SettingsForm, show_problem
from apps.common.errors import InvalidInput
from apps.common.plugins import Driver, Registry
from apps.teams.adminsite import TeamAdmin, page, require
from apps.teams.models import Team
from apps.teams.permissions import Act, Grant, grant_of, teams_for


class FrameForm(forms.Form):
    """What every driven object has beside its driver's settings. A saved object stays in its team."""

    team = forms.ModelChoiceField(Team.objects.none(), empty_label=None, widget=widgets.UnfoldAdminSelectWidget())
    name = forms.CharField(max_length=100, widget=widgets.UnfoldAdminTextInputWidget())

    def __init__(self, data: Mapping[str, Any] | None = None, *, grant: Grant, saved: bool, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        if saved:
            del self.fields["team"]
        else:
            self.fields["team"].queryset = teams_for(grant, Act.CONFIGURE)  # type: ignore[attr-defined]


class DriverAdmin(TeamAdmin):
    """The pages; a subclass says which registry, and how to save."""

    registry: ClassVar[Registry[Any]]
    key_field: ClassVar[str]  # the model field that names the driver: `engine`, `type`
    frame_form: ClassVar[type[FrameForm]] = FrameForm
    form_template: ClassVar[str]
    choose_title: ClassVar[str]
    choose_template: ClassVar[str] = "midwatch/choose_driver.html"

    @abstractmethod
    def save(self, *, team: Team, frame: Mapping[str, Any], key: str, settings: Mapping[str, Any], row: Any) -> Any:
        """Save through the app's service. Raises InvalidInput."""

    def card_hint(self, driver: type[Driver]) -> str:
        """One line about a driver, for the page that offers them."""
        return ""

    def missing(self, driver: type[Driver]) -> str:
        """The line that installs what a driver needs and this machine lacks; empty where nothing is missing."""
        return ""

    def page_context(self, request: HttpRequest, key: str, row: Any) -> dict[str, Any]:
        """What the form's page shows beside the form."""
        return {}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        key = request.GET.get(self.key_field, "")
        if key not in self.registry:
            drivers = [(name, self.registry[name]) for name in self.registry]
            cards = [(name, one.label, self.card_hint(one), self.missing(one)) for name, one in drivers]
            context = {"cards": cards, "key_field": self.key_field}
            return page(request, self.choose_template, context, title=self.choose_title)
        return self._form_page(request, key, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.found(request, object_id)
        if request.method == "POST":
            require(request, self.change_act, row.team_id)
        return self._form_page(request, getattr(row, self.key_field), row)

    def _form_page(self, request: HttpRequest, key: str, row: Any) -> HttpResponse:
        driver = self.registry[key]
        data = request.POST if request.method == "POST" else None
        frame, settings = self.forms_for(request, key, row, data)
        if data is not None and frame.is_valid() & settings.is_valid():
            team = row.team if row else frame.cleaned_data["team"]
            try:
                saved = self.save(team=team, frame=frame.cleaned_data, key=key, settings=settings.values(), row=row)
            except InvalidInput as error:
                show_problem(error, frame, settings)
            else:
                messages.success(request, f"{saved} is saved.")
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", saved.pk)
        context = {
            "meta": self.opts,
            "form": frame,
            "settings_form": settings,
            "label": driver.label,
            "driver_key": key,
            "row": row,
            "may_change": self.has_change_permission(request, row),
            "may_operate": row is not None and self.may(request, Act.OPERATE, row),
            "zones": sorted(zoneinfo.available_timezones()),
            **self.page_context(request, key, row),
        }
        kind = str(self.opts.verbose_name).capitalize()
        return page(request, self.form_template, context, title=f"{kind} {row}" if row else f"Add: {driver.label}")

    def forms_for(
        self, request: HttpRequest, key: str, row: Any, data: Mapping[str, Any] | None
    ) -> tuple[FrameForm, SettingsForm]:
        """The two forms of one driver: what all share, and the driver's own settings."""
        grant = grant_of(request.user)
        model = self.registry[key].Settings
        if row is None:
            teams = list(teams_for(grant, Act.CONFIGURE)[:1])
            initial: dict[str, Any] = {"team": teams[0].pk if teams else None, "timezone": request.user.timezone}  # type: ignore[union-attr]
            return self.frame_form(data, grant=grant, saved=False, initial=initial), SettingsForm(model, data)
        frame = self.frame_form(data, grant=grant, saved=True, initial={**vars(row)})
        kept = model.secret_names() if row.secrets else ()
        return frame, SettingsForm(model, data, stored=row.settings, kept=kept)

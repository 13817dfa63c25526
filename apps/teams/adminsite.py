"""How every page obeys `teams.permissions`: what a person may not see does not exist for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.filters import FieldListFilter, RelatedOnlyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from apps.teams import history
from apps.teams.permissions import Act, allowed, grant_of, teams_for

M = TypeVar("M", bound=Model)
HistoryEntry = history.Entry
HistoryChange = history.FieldChange


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str) -> TemplateResponse:
    """A page of our own in the look of the admin."""
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})


def seen(request: HttpRequest, rows: QuerySet[M], pk: object, *, team: str = "team") -> M:
    """The object of this id, when the person may see it; else 404."""
    return get_object_or_404(allowed(rows, grant_of(request.user), team=team), pk=pk)


def require(request: HttpRequest, act: Act, team_id: int | None) -> None:
    """Refuse (403) an act that the person's role in the team of an object that they see does not include."""
    if not grant_of(request.user).allows(act, team_id):
        raise PermissionDenied


def of_team(field: str) -> tuple[str, type[FieldListFilter]]:
    """A filter by a related object, which offers only those that the rows a person may see relate to."""
    return field, RelatedOnlyFieldListFilter


def team_id_of(row: Model, path: str) -> int | None:
    """The team of a row; `path` leads to it as in a query (`channel__team`), `""` for a team itself."""
    if not path:
        return row.pk
    *steps, last = path.split("__")
    target: Any = row
    for step in steps:
        target = getattr(target, step)
    found: int | None = getattr(target, f"{last}_id")
    return found


class KeysFirst(Paginator):  # type: ignore[type-arg]  # Django has no such type while it runs
    """Finds which rows a page has by their keys, and reads only these. To sort ten thousand whole rows, with the texts
    and the facts in them, takes SQLite four times as long."""

    def _get_page(self, *args: Any, **kwargs: Any) -> Page:  # type: ignore[type-arg]
        rows, *others = args
        every: Any = self.object_list
        of_page = every.filter(pk__in=rows.values("pk"))
        return super()._get_page(of_page, *others, **kwargs)  # type: ignore[misc]


class TeamAdmin(ModelAdmin):
    """Admin pages of objects that belong to a team."""

    team_path: ClassVar[str] = "team"
    see_act: ClassVar[Act] = Act.VIEW
    change_act: ClassVar[Act] = Act.CONFIGURE
    compressed_fields = True
    actions: Sequence[Any] = ()
    delete_confirmation_template = "midwatch/delete.html"
    paginator = KeysFirst
    list_per_page = 30  # rows of the theme are large: 40 would be more than 300 kB

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return allowed(super().get_queryset(request), grant_of(request.user), act=self.see_act, team=self.team_path)

    def may(self, request: HttpRequest, act: Act, row: Model | None = None) -> bool:
        """Whether the person may do `act` to `row`; without a row: to any."""
        grant = grant_of(request.user)
        return grant.allows_anywhere(act) if row is None else grant.allows(act, team_id_of(row, self.team_path))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.see_act)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.see_act, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.change_act)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.change_act, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.change_act, obj)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The object, when the person may see it; else 404."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return obj

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        # The admin would lead to the front page; another team's object answers as one that never was.
        raise Http404

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "team":
            kwargs["queryset"] = teams_for(grant_of(request.user), self.change_act)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        # What goes along is counted in plain words; whether it may go was decided by the role in the team.
        return [str(obj) for obj in objs], self.goes_along(objs[0]), set(), []

    def goes_along(self, row: Any) -> dict[str, int]:
        """What deleting `row` does beside: (plural words, how many)."""
        return {}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.found(request, object_id)
        context = {"object": row, "entries": self.history_of(row)}
        return page(request, "midwatch/history.html", context, title=f"History of {row}")

    def history_of(self, row: Any) -> list[HistoryEntry]:
        """What the page of its history lists, the newest first."""
        return history.entries(row)

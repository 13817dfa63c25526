"""Where status pages live in the admin: members read them, operators speak on them, managers make and change them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from unfold.admin import StackedInline

from apps.status import views
from apps.status.forms import ProductForm, StatusPageForm
from apps.status.models import Product, StatusPage
from apps.teams.adminsite import TeamAdmin, require
from apps.teams.permissions import Act, grant_of


class ProductInline(StackedInline):
    """The products, on the form of their page. Whoever may change that may change them."""

    model = Product
    form = ProductForm
    extra = 0
    show_change_link = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        team_id = obj.team_id if isinstance(obj, StatusPage) else None
        form = type("ProductForm", (ProductForm,), {"team_id": team_id})
        return super().get_formset(request, obj, form=form, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # the page was asked first

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(obj, StatusPage) and grant_of(request.user).allows(Act.CONFIGURE, obj.team_id)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(StatusPage)
class StatusPageAdmin(TeamAdmin):
    form = StatusPageForm
    inlines = (ProductInline,)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (the admin's own type)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("propose/", wrap(views.propose), name="status_statuspage_propose"),
            path("incident/<int:incident_id>/", wrap(views.updates), name="status_updates"),
            path("updates/<int:update_id>/back/", wrap(views.take_back), name="status_update_back"),
            path("<int:page_id>/", wrap(views.status_page), name="status_statuspage_page"),
            path("<int:page_id>/status.json", wrap(views.status_json), name="status_statuspage_json"),
            path("<int:page_id>/badge.svg", wrap(views.status_badge), name="status_statuspage_badge"),
            path("<int:page_id>/<int:product_id>/badge.svg", wrap(views.status_badge), name="status_product_badge"),
            path("<int:page_id>/link/", wrap(views.link), name="status_statuspage_link"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return views.listing(request)

    def get_inlines(self, request: HttpRequest, obj: StatusPage | None) -> Any:
        return self.inlines if obj else ()  # which rules there are to choose from, its team says

    def get_readonly_fields(self, request: HttpRequest, obj: StatusPage | None = None) -> tuple[str, ...]:
        return ("team",) if obj else ()  # its products hold rules of the team

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.found(request, object_id)
        require(request, self.change_act, row.team_id)
        return super().change_view(request, object_id, form_url, {"title": f"Change {row}", **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: StatusPage, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:status_statuspage_change", obj.pk)  # for its products

    def response_change(self, request: HttpRequest, obj: StatusPage) -> HttpResponse:
        return redirect("admin:status_statuspage_page", obj.pk)

    def goes_along(self, row: StatusPage) -> dict[str, int]:
        return {"Data products": row.products.count(), "Public links": int(row.link_digest is not None)}

"""The forms of status pages and their products. What can be chosen is the team's own."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.common.errors import near
from apps.rules.models import Rule
from apps.status.models import Product, StatusPage

LIMIT = 520
MOST = 50


class LinesField(forms.CharField):
    """A list of words, one per line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 2}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))
        if len(lines) > MOST or any(len(line) > LIMIT for line in lines):
            raise forms.ValidationError(f"At most {MOST} lines of at most {LIMIT} characters.")
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.clean(data) != (initial or [])


class RulesField(LinesField):
    """Rules of a team, by their names: a list of a thousand to tick would be no help."""

    team_id: int | None = None

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        names = super().clean(value)
        rules = Rule.objects.filter(team=self.team_id)
        found = {rule.name: rule for rule in rules.filter(name__in=names)}
        for name in names:
            if name not in found:
                hint = near(name, rules.values_list("name", flat=True))
                raise forms.ValidationError(f"The team has no rule {name!r}. {hint}".strip())
        return list(found.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        lines = {line.strip() for line in str(data or "").splitlines() if line.strip()}
        return lines != {str(rule) for rule in initial or []}


class StatusPageForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = StatusPage
        fields = ("team", "name", "slug", "description", "timezone", "days")
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_slug(self) -> str:
        """Its own check, since the team of a page stays: the form does not hold it, so Django would not look."""
        slug = str(self.cleaned_data["slug"]).lower()
        others = StatusPage.objects.filter(slug=slug, team=self.instance.team_id).exclude(pk=self.instance.pk)
        if self.instance.pk and others.exists():
            raise forms.ValidationError("The team has a page with this slug already. Choose another one.")
        return slug


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    team_id: ClassVar[int | None] = None  # of the page; set where the form is made
    rules = RulesField(help_text="Names of rules, one per line.")
    tables = LinesField(help_text="Patterns of tables, one per line, such as sales.* or main.orders.")
    tags = LinesField(help_text="One per line: all rules with one of them belong to it.")

    class Meta:
        model = Product
        fields = ("name", "description", "rules", "tables", "tags", "target", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"].team_id = self.team_id  # type: ignore[attr-defined]

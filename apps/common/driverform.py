"""A driver's pydantic `Settings` as Django form fields, and what a person entered back as plain values.

The fields are read off the model's JSON Schema, the same that is published for YAML and REST, so that a driver declares
its settings once. Values are only collected here; the service that saves them validates and names the wrong field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from django import forms
from unfold import widgets

from apps.common.errors import InvalidInput
from apps.common.plugins import LABELS, Settings
from apps.common.records import record
from apps.common.scalars import Scalar, read_scalar, write_scalar
from apps.common.sizefield import SizeField
from apps.common.sizes import SIZE

PREFIX = "settings"
KEEP_SECRET = "Leave it empty to keep the stored value, which is never shown again."  # noqa: S105 (a hint, not a secret)

SQL = "sql"  # the format of a text of several lines that a person writes for a data store
KEY = re.compile(r"\b[A-Za-z][a-z]*(?:_[a-z]+)+\b")
SWITCH_OFF = "Leave it empty to switch it off."


@record
class Shape:
    """What a form has to know about one setting. `choices` and `many` come from the setting's JSON Schema."""

    type: str
    nullable: bool
    choices: tuple[str, ...]
    many: bool
    secret: bool
    size: bool = False
    sql: bool = False
    typed: bool = False  # the entries of a list may be numbers and truth values as well as texts
    examples: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # what a person reads in place of a choice


def shape_of(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    """Read one property of a JSON Schema."""
    options = list(_options(schema, definitions))
    real = [option for option in options if option.get("type") != "null"]
    choices = tuple(str(value) for option in real for value in _values(option))
    return Shape(
        type=str(real[0].get("type", "string")) if len(real) == 1 else "string",
        nullable=len(real) < len(options),
        choices=choices if all(_values(option) for option in real) else (),
        many=any(option.get("type") == "array" for option in real),
        secret=any(option.get("format") == "password" for option in real),
        size=any(option.get("format") == SIZE for option in real),
        sql=any(option.get("format") == SQL for option in real),
        typed=any({"number", "string"} <= _types(option.get("items", {})) for option in real),
        examples=tuple(str(example) for option in [schema, *real] for example in option.get("examples", ())),
        labels=schema.get(LABELS, {}),
    )


def _types(schema: Mapping[str, Any]) -> set[str]:
    return {str(option.get("type")) for option in schema.get("anyOf", [schema])}


def _options(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a value may be, options within options among them."""
    for option in schema.get("anyOf", [schema]):
        found = _resolved(option, definitions)
        yield from _options(found, definitions) if "anyOf" in found else (found,)


def _resolved(option: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(option.get("$ref", "")).removeprefix("#/$defs/")
    found: Mapping[str, Any] = definitions[reference] if reference else option
    return found


def _values(option: Mapping[str, Any]) -> Sequence[Any]:
    return [option["const"]] if "const" in option else option.get("enum", [])


class SettingsForm(forms.Form):
    """The form of one driver. `stored` are the saved plain settings; `kept` names the secrets that are stored."""

    def __init__(
        self,
        model: type[Settings],
        data: Mapping[str, Any] | None = None,
        *,
        stored: Mapping[str, Any] | None = None,
        kept: Sequence[str] = (),
    ) -> None:
        schema = model.model_json_schema()
        self.defaults = model.model_construct().model_dump(mode="json", exclude=set(model.secret_names()))
        self.shapes = {
            name: shape_of(part, schema.get("$defs", {})) for name, part in schema.get("properties", {}).items()
        }
        initial = {**self.defaults, **(stored or {})}
        texts = {name: _as_text(value, self.shapes.get(name)) for name, value in initial.items()}
        super().__init__(data, initial=texts, prefix=PREFIX, use_required_attribute=False)
        required = set(schema.get("required", ()))
        for name, shape in self.shapes.items():
            needed = name in required and name not in kept
            made = _field(shape, schema["properties"][name], required=needed, kept=name in kept)
            if shape.nullable and self.defaults.get(name) is not None:
                made.help_text = f"{made.help_text} {SWITCH_OFF}".strip()
            if shape.examples and not shape.choices:
                # The page puts the examples into a list of this name, from which a person may choose.
                made.examples = shape.examples  # type: ignore[attr-defined]
                made.widget.attrs |= {"list": f"id_{PREFIX}-{name}-list", "autocomplete": "off"}
            self.fields[name] = made

    def suggest(self, list_id: str, names: Collection[str]) -> None:
        """Let the fields of these names that take one line offer what stands in the page's list `list_id`."""
        for name in self.fields.keys() & set(names):
            if isinstance(self.fields[name].widget, forms.TextInput):
                self.fields[name].widget.attrs |= {"list": list_id, "autocomplete": "off"}

    def values(self) -> dict[str, Any]:
        """What was entered, as YAML would write it. Empty means: the default, or nothing where nothing is allowed.
        What is not valid (yet) is left out."""
        entered: dict[str, Any] = {}
        for name, shape in self.shapes.items():
            if name not in self.cleaned_data:
                continue
            value = self.cleaned_data[name]
            if value in ("", None):
                if shape.nullable and self.defaults.get(name) is not None:
                    entered[name] = None
            else:
                entered[name] = _listed(value, shape) if shape.many else value
        return entered


def _field(shape: Shape, schema: Mapping[str, Any], *, required: bool, kept: bool) -> forms.Field:
    help_text = str(schema.get("description", ""))
    common: dict[str, Any] = {"label": schema.get("title", ""), "required": required}
    if shape.secret:
        return forms.CharField(
            **common,
            help_text=f"{help_text} {KEEP_SECRET}".strip() if kept else help_text,
            strip=False,
            widget=widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        )
    common["help_text"] = help_text
    if shape.size:
        return SizeField(**common)
    if shape.type == "boolean":
        return forms.BooleanField(**common | {"required": False}, widget=widgets.UnfoldBooleanWidget())
    if shape.choices and not shape.many:
        choices = [(value, shape.labels.get(value, value)) for value in shape.choices]
        blank = [("", "—")] if shape.nullable or required else []
        return forms.ChoiceField(**common, choices=blank + choices, widget=widgets.UnfoldAdminSelectWidget())
    if shape.type == "integer":
        return forms.IntegerField(**common, widget=widgets.UnfoldAdminIntegerFieldWidget())
    if shape.sql:
        return forms.CharField(
            **common, widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"})
        )
    if shape.type == "array" and not shape.choices:
        rows = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return forms.CharField(**common | {"help_text": f"{help_text} One a line.".strip()}, widget=rows)
    return forms.CharField(**common, widget=widgets.UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"}))


def _as_text(value: Any, shape: Shape | None) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return "\n".join(write_scalar(part) if shape and shape.typed else str(part) for part in value)


def _listed(text: str, shape: Shape) -> Sequence[Scalar] | str:
    """Entries are separated by lines or commas. Where one word may stand for a list (`weekdays`), it stays a word."""
    if shape.typed:  # a text may hold a comma
        return [read_scalar(part.strip()) for part in text.splitlines() if part.strip()]
    parts = [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]
    return parts[0] if len(parts) == 1 and shape.type != "array" else parts


def show_problem(error: InvalidInput, *form_list: forms.Form) -> None:
    """Put a service's refusal at the field that it names, or above the first form when it names none of them."""
    name = error.field.removeprefix(f"{PREFIX}.")
    message = str(error)
    for prefix in (f"{name}: ", f"{name!r} "):
        if message.startswith(prefix):
            # What is left begins a sentence; a message without the prefix may begin with the name of a table.
            rest = message.removeprefix(prefix)
            message = rest[:1].upper() + rest[1:]
    for form in form_list:
        if name in form.fields:
            form.add_error(name, with_labels(message, *form_list))
            return
    form_list[0].add_error(None, with_labels(str(error), *form_list))


def with_labels(message: str, *form_list: forms.Form) -> str:
    """What a service says of settings, for people who see a form: `at_least` is called by its label there."""
    labels = {name: made.label for form in form_list for name, made in form.fields.items() if "_" in name}

    def label(found: re.Match[str]) -> str:
        key = found[0].lower()  # a sentence may begin with it
        return f"“{labels[key]}”" if labels.get(key) else found[0]

    return KEY.sub(label, message)

"""Names that mean harm, written into every text field there is, and what a page looks like that lets them through."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import models

from apps.connections.names import TableName

MARK = "xss-mark"
# Ends a text, an attribute in either kind of quotes, a script, a title and a text area; and is a template, too.
NAME = f'n\'"></script></title></textarea></style><{MARK} onmark="1"> onmark=1 {{{{7*191}}}}${{7*191}}'
LABELS = (
    "teams",
    "connections",
    "rules",
    "alerts",
    "status",
    "summaries",
    "changes",
    "socialaccount",
    "mfa",
    "account",
)
# What is no free text: keys of drivers and choices by other means, times, and what proves something.
FIXED = {
    "engine", "type", "kind", "timezone", "time_zone", "digest", "link_digest", "key", "slug", "measure", "trust",
    "password", "language", "email", "schema", "model", "act", "object_id", "app_label", "history_type", "provider",
    "fingerprint", "event", "provider_id", "uid", "owner", "trigger",
}  # fmt: skip
FIXED_KEYS = FIXED | {
    "situation", "per", "severity", "every", "tolerance", "days", "at", "path", "column", "time", "state", "meaning",
    "url", "url_host", "to", "period", "direction", "server_url", "metadata_url", "domains", "verdict",
}  # fmt: skip
PLAIN_VALUE = re.compile(r"\d{4}-\d\d-\d\d.*|[\d.,:+ -]*|[A-Z][a-z]+/[A-Z]\w+|UTC")
CODE = re.compile(r"\s*(javascript|vbscript|data:(?!image/svg\+xml;base64,)):?", re.IGNORECASE)
APPENDED = {"alerts.timelineentry", "changes.auditentry"}
EXECUTES = re.compile(r"x-|@|:|on|style$|hx-on|hx-vals$|hx-vars$|srcdoc$")


def fill_every_text() -> list[str]:
    """Write NAME into every free text of every row. Returns the fields, as `model.field`."""
    filled = []
    for label in LABELS:
        for model in apps.get_app_config(label).get_models():
            fields = [each for each in model._meta.concrete_fields if _takes_text(each)]
            for row in list(model._base_manager.all()):
                _write(row, {each.name: _hostile(each, row) for each in fields})
            if fields and model._base_manager.exists():
                filled += [f"{model._meta.label_lower}.{each.name}" for each in fields]
    return filled


def _write(row: models.Model, new: dict[str, Any]) -> None:
    if row._meta.label_lower in APPENDED:  # the database refuses a change
        row.pk, row._state.adding = None, True
        for name, value in new.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    elif new:
        type(row)._base_manager.filter(pk=row.pk).update(**new)


def _takes_text(field: models.Field[Any, Any]) -> bool:
    if field.name in FIXED or field.choices or field.primary_key:
        return False
    return type(field) in (models.CharField, models.TextField, models.JSONField)


def _hostile(field: models.Field[Any, Any], row: models.Model) -> Any:
    now = getattr(row, field.name)
    if isinstance(field, models.JSONField):
        return _inside(now, "")
    if field.name == "table" and "." in str(now):
        return str(TableName("main", NAME))
    return NAME[: field.max_length] if not field.unique else f"{row.pk}{NAME}"[: field.max_length]


def _inside(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _inside(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_inside(each, key) for each in value]
    if isinstance(value, str) and key not in FIXED_KEYS and not PLAIN_VALUE.fullmatch(value):
        return NAME
    return value


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes where NAME became more than text."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == MARK:
            self.wrong.append("an element")
        for name, value in attrs:
            if "onmark" in name:
                self.wrong.append(f"an attribute of <{tag}>")
            elif (EXECUTES.match(name) and MARK in str(value)) or (
                name in ("href", "src", "action", "formaction") and CODE.match(str(value))
            ):
                self.wrong.append(f"code in {name} of <{tag}>")


def harm_in(page: str) -> list[str]:
    """Where the page lets NAME be more than text."""
    reader = Reader()
    reader.feed(page)
    computed = ["a template"] if str(7 * 191) in page else []
    return [*reader.wrong, *computed]

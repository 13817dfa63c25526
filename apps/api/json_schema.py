"""The published JSON Schema of the YAML file, made from the same models that read it."""

from __future__ import annotations

import json
from typing import Any

from apps.api.entries import file_model

# Any value may be filled from the environment, so a number may also be written as text with a placeholder.
PLACEHOLDER = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
FILLED = {"integer", "number", "boolean"}


def schema_text() -> str:
    """The schema as it is published: the same bytes as long as no driver's settings change."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_open(file_model().model_json_schema())}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _open(part: Any) -> Any:
    """The schema with placeholders allowed where a number or a truth value is asked for."""
    if isinstance(part, list):
        return [_open(each) for each in part]
    if not isinstance(part, dict):
        return part
    opened = {key: _open(value) for key, value in part.items()}
    if isinstance(opened.get("type"), str) and opened["type"] in FILLED and "const" not in opened:
        told = {key: opened.pop(key) for key in ("title", "description", "default", "examples") if key in opened}
        return {"anyOf": [opened, PLACEHOLDER], **told}
    return opened

"""Entries of a list as people write them in a form: 1 and true are no texts, but "1" and "true" are, as in YAML."""

from __future__ import annotations

import json
import re
from contextlib import suppress

Scalar = str | int | float | bool
NUMBER = re.compile(r"[-+]?\d{1,18}(\.\d{1,18})?")


def read_scalar(text: str) -> Scalar:
    """The value that `text` stands for."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        with suppress(ValueError):
            return str(json.loads(text))
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def write_scalar(value: Scalar) -> str:
    """A text that `read_scalar` reads as this value."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value and value == value.strip() and value.isprintable() and read_scalar(value) == value
    return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())

"""What a rule's settings are called where people read them: by the labels of the form, not by the keys of YAML."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from apps.common.durations import limit_words
from apps.common.plugins import LABELS, Settings


def changed_words(before: Settings, after: Settings, names: Iterable[str]) -> str:
    """`“Drop” set to 45 % in place of 20 %`, for the settings of these names that differ."""
    return " and ".join(
        f"“{type(after).model_fields[name].title or name}” set to {value_words(after, name)} "
        f"in place of {value_words(before, name)}"
        for name in names
    )


def value_words(settings: Settings, name: str) -> str:
    """The value of a setting: `45 %`, `2 h`, `1,000`, `the same weekday`; `nothing` where it is switched off."""
    value: Any = getattr(settings, name)
    extra = type(settings).model_fields[name].json_schema_extra
    labels: Any = extra.get(LABELS, {}) if isinstance(extra, dict) else {}
    if value is None:
        return "nothing"
    if isinstance(value, timedelta):
        return limit_words(value)
    if isinstance(value, str):
        return str(labels.get(value, value))
    written = str(settings.model_dump(mode="json")[name])
    return written.replace("%", " %") if written.endswith("%") else f"{value:,}"

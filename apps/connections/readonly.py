"""The script for a login that can only read, before there is any login to connect with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from apps.connections.engines.contract import Engine


def script_for(driver: type[Engine], typed: Mapping[str, Any]) -> str:
    """The script as far as `typed` settings allow; empty where a store has no logins. Asks nobody.

    What is missing or not valid stands in it as `your-database` or the like, for a person to put in.
    """
    fields = driver.Settings.model_fields
    values: dict[str, Any] = {name: f"your-{name}" for name, field in fields.items() if field.is_required()}
    values |= {name: value for name, value in typed.items() if name in fields and name not in _wrong(driver, typed)}
    engine = driver(driver.Settings.model_construct(**values))
    schemas = values.get(driver.schemas_setting) or ()
    return engine.grant_script([schemas] if isinstance(schemas, str) else list(schemas) or [driver.default_schema])


def _wrong(driver: type[Engine], typed: Mapping[str, Any]) -> set[Any]:
    """The settings that are not what they must be."""
    try:
        driver.Settings.model_validate(dict(typed))
    except ValidationError as error:
        return {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    return set()

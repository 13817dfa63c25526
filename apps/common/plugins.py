"""The one shape of engines, kinds and channels: a class in a file of its own and a line in a registry."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from django.utils.module_loading import import_string
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from apps.common.errors import InvalidInput, near

PLAIN_WORDS = {
    "string_type": "must be text; put it in quotes",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
# No plugin changes how our models validate; to look for one, pydantic would go through every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
LABELS = "labels"  # in the schema of a setting with choices: what each of them means, in words for a form
SHOULD = re.compile(r"^(Input|String|Value|List|Tuple|Set|Dictionary) should\b")


class Settings(BaseModel):
    """A driver's settings: the form, the REST schema, the YAML grammar and the JSON Schema all come from this model."""

    # Errors do not repeat the input: it may be a secret, and errors are logged.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    @cache
    def secret_names(cls) -> tuple[str, ...]:
        """The fields that hold secrets, in the order of the model."""
        return tuple(name for name, field in cls.model_fields.items() if "SecretStr" in repr(field.annotation))

    def plain(self) -> dict[str, Any]:
        """The settings that differ from their defaults, without secrets, as JSON values: what is stored."""
        return self.model_dump(mode="json", exclude=set(self.secret_names()), exclude_defaults=True)

    def secrets(self) -> dict[str, str]:
        """The secrets in clear, for sealing; never for showing."""
        values = ((name, getattr(self, name)) for name in self.secret_names())
        return {name: value.get_secret_value() for name, value in values if isinstance(value, SecretStr)}


class Driver:
    """A driver declares a label for people and its settings; what it can do is data on the class."""

    label: ClassVar[str]
    Settings: ClassVar[type[Settings]]


D = TypeVar("D", bound=Driver)


class Registry(Mapping[str, type[D]]):
    """Key → driver class, imported at first use. An unknown key is an InvalidInput with the nearest known ones.

    `own` are drivers that Midwatch uses itself: they are found by their key, and offered to nobody.
    """

    def __init__(self, noun: str, paths: Mapping[str, str], *, own: Mapping[str, str] | None = None) -> None:
        self.noun = noun
        self._paths = dict(paths)
        self._own = dict(own or {})
        self._classes: dict[str, type[D]] = {}

    def __getitem__(self, key: str) -> type[D]:
        if key not in self._classes:
            path = self._own.get(key) or self._offered(key)
            self._classes[key] = cast("type[D]", import_string(path))
        return self._classes[key]

    def offered(self, key: str) -> type[D]:
        """The driver, when people may choose it."""
        self._offered(key)
        return self[key]

    def _offered(self, key: str) -> str:
        if key not in self._paths:
            known = ", ".join(self._paths)
            raise InvalidInput(f"There is no {self.noun} {key!r}. {near(key, self._paths) or f'Known: {known}.'}")
        return self._paths[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, key: object) -> bool:
        return key in self._paths

    def choices(self) -> list[tuple[str, str]]:
        """(key, label) of every driver, in the order of registration, for a form."""
        return [(key, self[key].label) for key in self]


def check_settings(model: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Validate `values`. Raises InvalidInput that names the first offending field in plain words."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise InvalidInput(problem_words(model, first), field=field) from error


def problem_words(model: type[BaseModel], problem: Any) -> str:
    """One pydantic problem as a sentence that names the key and, for an unknown one, the nearest known."""
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{key!r} is not known here. {near(str(problem['loc'][-1]), model.model_fields)}".strip()
    if problem["type"] == "missing":
        return f"{key!r} is missing."
    text = plain_words(problem)
    return f"{key}: {text}." if key else f"{text[:1].upper()}{text[1:]}."


def plain_words(problem: Mapping[str, Any]) -> str:
    """What pydantic says is wrong with a value, in words for people who do not program, to follow "key: "."""
    if problem["input"] is None:
        return "must not be empty"
    text = str(problem["msg"]).removeprefix("Value error, ").removesuffix(", not 0").replace(" after validation", "")
    return PLAIN_WORDS.get(problem["type"]) or SHOULD.sub("must", text)

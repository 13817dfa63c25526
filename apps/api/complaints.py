"""What pydantic finds wrong with an entry, as sentences that name the key and the nearest known one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from apps.api.entries import FAMILIES, entry_model
from apps.common.errors import InvalidInput, near
from apps.common.plugins import Settings, plain_words

Path = tuple[str | int, ...]


class Complaint(NamedTuple):
    """One thing that is wrong in an entry: where, and in words."""

    path: Path
    text: str


def check_entry(family: str, entry: Mapping[str, Any]) -> list[Complaint]:
    """What is wrong with one connection, channel or rule; nothing when it is in order."""
    tag = FAMILIES[family][0]
    if tag not in entry:
        missing = f"{tag!r} is missing. Known: {', '.join(FAMILIES[family][2])}."
        meant = [Complaint((key,), _unknown(key, [tag])) for key in entry if near(key, [tag])]
        return [Complaint((), missing), *meant]
    try:
        model = entry_model(family, str(entry[tag]))
    except InvalidInput as error:
        return [Complaint((tag,), f"{tag}: {error}")]
    return check_model(model, entry)


def check_model(model: type[Settings], value: object) -> list[Complaint]:
    """What is wrong with `value` as `model` sees it, one complaint per place."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        found: dict[Path, Complaint] = {}
        for problem in error.errors(include_url=False):
            complaint = _complaint(model, problem)
            found.setdefault(complaint.path, complaint)
        return list(found.values())
    return []


def _complaint(model: type[BaseModel], problem: Mapping[str, Any]) -> Complaint:
    path = tuple(_known_path(model, problem["loc"]))
    kind, last = problem["type"], str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return Complaint(path, _unknown(last, _model_at(model, path[:-1]).model_fields))
    if kind == "missing":
        return Complaint(path, f"{last!r} is missing.")
    if kind == "literal_error":
        return Complaint(path, f"{_dotted(path)}: {_choice_words(problem)}")
    words = plain_words(problem)
    return Complaint(path, _sentence(f"{_dotted(path)}: {words}" if path else f"{words[:1].upper()}{words[1:]}"))


def _known_path(model: type[BaseModel], loc: Path) -> Iterator[str | int]:
    """`loc` up to where pydantic begins to name the members of a union."""
    here: type[BaseModel] | None = model
    for index, part in enumerate(loc):
        yield part
        if here is None or not isinstance(part, str) or part not in here.model_fields:
            return
        annotation = repr(here.model_fields[part].annotation)
        here = _nested(here, part)
        if here is None and index + 1 < len(loc) and (isinstance(loc[index + 1], int) or "dict[" in annotation):
            yield loc[index + 1]
            return


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    for part in path:
        model = _nested(model, str(part)) or model
    return model


def _nested(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    """The model that stands in a field, if one does."""
    annotation = model.model_fields[field].annotation
    candidates = (annotation, *get_args(annotation))
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _unknown(key: str, known: Any) -> str:
    return f"{key!r} is not known here. {near(key, known)}".strip()


def _choice_words(problem: Mapping[str, Any]) -> str:
    expected, given = str(problem["ctx"]["expected"]), problem["input"]
    choices = re.findall(r"'([^']*)'", expected)
    return f"must be {expected}, not {given!r}. {near(str(given), choices)}".strip()


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."

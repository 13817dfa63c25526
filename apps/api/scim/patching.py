"""Changes of a part of an object (RFC 7644, section 3.5.2), also as Okta and Entra send them. Pure.

Entra capitalises `Add`, `Replace` and `Remove`, names values under a filter (`emails[type eq "work"].value`) that may
not be there yet, writes paths as names within a value, and takes members out by a list beside the path. Okta sends the
value without a path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.api.scim.filtering import quoted
from apps.api.scim.refusals import Refusal

Values = dict[str, Any]
PATH = re.compile(r"^(?P<name>[A-Za-z$][\w$-]*)(?:\[(?P<filter>[^\]]+)\])?(?:\.(?P<part>[\w$-]+))?$")
FILTER = re.compile(r'^\s*(?P<part>\w+)\s+eq\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false)\s*$', re.IGNORECASE)
OWN = re.compile(r"^urn:ietf:params:scim:schemas:core:2\.0:\w+:", re.IGNORECASE)
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def patched(values: Values, body: Mapping[str, Any], known: Mapping[str, str]) -> Values:
    """`values` after the operations of `body`. `known` are the attributes by their names in small letters; others are
    passed over, since providers send many that Midwatch has no use for. Raises Refusal for what cannot be done."""
    operations = body.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise Refusal(400, "A change is a list of Operations.", kind="invalidSyntax")
    result: Values = json.loads(json.dumps(values))
    for operation in operations:
        if not isinstance(operation, dict):
            raise Refusal(400, "Each of the Operations is an object.", kind="invalidSyntax")
        act, path, value = str(operation.get("op", "")).lower(), operation.get("path"), operation.get("value")
        if act not in ("add", "replace", "remove"):
            raise Refusal(
                400, f"{act or 'Nothing'} is no operation: add, replace and remove are.", kind="invalidSyntax"
            )
        if path:
            _apply(result, act, str(path), value, known)
        elif act == "remove":
            raise Refusal(400, "remove needs a path.", kind="noTarget")
        elif not isinstance(value, dict):
            raise Refusal(400, f"{act} without a path needs an object as its value.", kind="invalidValue")
        else:
            for name, part in value.items():
                _apply(result, act, name, part, known)
    return result


def _apply(result: Values, act: str, path: str, value: Any, known: Mapping[str, str]) -> None:
    plain = OWN.sub("", path)
    if plain.lower().startswith("urn:"):
        return  # of an extension
    match = PATH.match(plain)
    if match is None:
        raise Refusal(400, f"{path} is no path.", kind="invalidPath")
    name = known.get(match["name"].lower())
    if name is None:
        return
    if match["filter"]:
        _in_entries(result, name, act, match["filter"], match["part"], value)
    elif match["part"]:
        _in_part(result, name, act, match["part"], value)
    elif act == "remove":
        _take_out(result, name, value)
    else:
        _put(result, name, act, value)


def _put(result: Values, name: str, act: str, value: Any) -> None:
    held = result.get(name)
    if isinstance(held, dict) and isinstance(value, dict):
        held.update(value)
    elif isinstance(held, list) and act == "add":
        entries = value if isinstance(value, list) else [value]
        held.extend(entry for entry in entries if entry not in held)
    else:
        result[name] = value


def _take_out(result: Values, name: str, value: Any) -> None:
    """Entra's way: only the entries that the value lists."""
    held = result.get(name)
    if isinstance(value, dict):
        value = [value]
    if isinstance(held, list) and isinstance(value, list) and value:
        out = {str(entry.get("value")) for entry in value if isinstance(entry, dict)}
        result[name] = [entry for entry in held if not isinstance(entry, dict) or str(entry.get("value")) not in out]
    else:
        result.pop(name, None)


def _in_part(result: Values, name: str, act: str, part: str, value: Any) -> None:
    held = result.setdefault(name, {})
    targets = held if isinstance(held, list) else [held]
    for target in targets:
        if not isinstance(target, dict):
            raise Refusal(400, f"{name} has no parts.", kind="invalidPath")
        if act == "remove":
            target.pop(part, None)
        else:
            target[part] = value


def _in_entries(result: Values, name: str, act: str, text: str, part: str | None, value: Any) -> None:
    wanted, fits = _chosen(text)
    held = result.setdefault(name, [])
    if not isinstance(held, list):
        raise Refusal(400, f"{name} is no list.", kind="invalidPath")
    found = [entry for entry in held if isinstance(entry, dict) and fits(entry)]
    if act == "remove" and part is None:
        result[name] = [entry for entry in held if entry not in found]
        return
    if not found and act != "remove":
        found = [dict(wanted)]
        held.extend(found)
    for entry in found:
        if act == "remove":
            entry.pop(part, None)
        elif part is not None:
            entry[part] = value
        elif isinstance(value, dict):
            entry.update(value)
        else:
            raise Refusal(400, f"{name}[{text}] needs an object as its value.", kind="invalidValue")


def _chosen(text: str) -> tuple[Values, Callable[[Values], bool]]:
    """What the filter in a path names, and whether an entry is that."""
    match = FILTER.match(text)
    if match is None:
        raise Refusal(400, f'[{text}] is no such choice as [value eq "…"].', kind="invalidFilter")
    part, value = match["part"], quoted(match["value"] if match["value"][0] == '"' else match["value"].lower())

    def fits(entry: Values) -> bool:
        return str(entry.get(part, "")).lower() == str(value).lower()

    return {part: value}, fits

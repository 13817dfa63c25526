"""The filters that providers send: comparisons with `eq`, all of which must hold (RFC 7644, section 3.4.2.2). Pure."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping

from apps.api.scim.refusals import Refusal

ONE = re.compile(r'\s*([\w:.$-]+(?:\[[^\]]*\][\w.]*)?)\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)
AND = re.compile(r"and\s", re.IGNORECASE)
HALF = re.compile(r"[\ud800-\udfff]")
UNSTORABLE = "This has a character that cannot be stored: half of one, or zero."
PREFIX = re.compile(r"^urn:ietf:params:scim:schemas:core:2\.0:\w+:", re.IGNORECASE)
# Attributes, in small letters, and the fields of our rows that hold them.
PEOPLE = {
    "username": "user_name__iexact",
    "externalid": "external_id",
    "id": "pk",
    "emails": "user__email__iexact",
    "emails.value": "user__email__iexact",
    'emails[type eq "work"].value': "user__email__iexact",
}
GROUPS = {
    "displayname": "name__iexact",
    "externalid": "external_id",
    "id": "pk",
    "members": "people__pk",
    "members.value": "people__pk",
}


def lookups(text: str, fields: Mapping[str, str]) -> list[tuple[str, object]]:
    """The filter as lookups of rows. Raises Refusal for what is no such filter."""
    found: list[tuple[str, object]] = []
    position = 0
    while position < len(text):
        match = ONE.match(text, position)
        name = PREFIX.sub("", match[1]).lower() if match else ""
        if match is None or name not in fields:
            known = ", ".join(sorted(fields))
            raise Refusal(400, f'Filters here are such as: {known} eq "…", also joined by and.', kind="invalidFilter")
        found.append((fields[name], _value(fields[name], match[2])))
        position = match.end()
        joined = AND.match(text, position)
        if position < len(text) and joined is None:
            raise Refusal(400, "Comparisons can be joined by and alone.", kind="invalidFilter")
        position = joined.end() if joined else position
    return found


def _value(field: str, text: str) -> object:
    value = str(quoted(text))
    return number(value) if field.endswith("pk") else value


def quoted(text: str) -> object:
    """What a filter compares with. Raises Refusal for what is none, and for characters that no database takes."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refusal(400, f"{text} is no text in quotes.", kind="invalidFilter") from error
    if not storable(value):
        raise Refusal(400, UNSTORABLE, kind="invalidFilter")
    found: object = value
    return found


def storable(sent: object) -> bool:
    """Whether databases take every text in what was sent: none has half a character, or the character zero."""
    text = json.dumps(sent, ensure_ascii=False)
    return "\\u0000" not in text and not HALF.search(text)


def number(text: str) -> uuid.UUID:
    """The number of an object. One that is none belongs to nothing."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)

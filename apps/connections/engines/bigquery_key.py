"""The key file of a Google service account, as a person pastes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PARTS = ("client_email", "private_key", "private_key_id")


def read_key(text: str) -> Mapping[str, Any]:
    """The key as a mapping; empty when `text` is. Raises ValueError that says what is wrong with it, without it."""
    if not text.strip():
        return {}
    try:
        key = json.loads(text, strict=False)  # not strict: a form may have turned \\n into a line break
    except ValueError:
        raise ValueError(
            "this is not JSON; paste the whole file that Google gave you, from { to }, not a part of it"
        ) from None  # the cause would quote the secret
    if not isinstance(key, dict) or key.get("type") != "service_account":
        kind = f"a key of the kind {key['type']!r}" if isinstance(key, dict) and "type" in key else "no key file"
        raise ValueError(f"this is {kind}; the key of a service account is needed, with type service_account in it")
    missing = [part for part in PARTS if not key.get(part)]
    if missing:
        raise ValueError(f"the key has no {' and no '.join(missing)}; download a new key and paste the whole file")
    try:
        load_pem_private_key(str(key["private_key"]).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("its private_key is damaged; download a new key and paste the whole file") from None
    return key

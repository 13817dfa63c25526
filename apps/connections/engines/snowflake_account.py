"""The identifier of a Snowflake account, and what people paste instead of it."""

from __future__ import annotations

import re

# Organization and account (myorg-account1), or a locator with its region (xy12345.eu-central-1.aws); either may end
# in .privatelink. No slash, colon or at sign: the identifier becomes part of a host's name.
IDENTIFIER = re.compile(r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*(?:\.[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*){0,3}")
HOST = re.compile(r"(?:https?://)?(?P<account>[^/:?#@]+)\.snowflakecomputing\.(?:com|cn)(?:[/:?#].*)?", re.IGNORECASE)
SNOWSIGHT = re.compile(
    r"(?:https?://)?app\.snowflake\.(?:com|cn)/(?P<first>[\w-]+)/(?P<second>\w+)(?:[/?#].*)?", re.IGNORECASE
)


def check_account(text: str) -> str:
    """The identifier; ValueError says what to write where an address was pasted."""
    meant = _meant(text)
    if meant:
        raise ValueError(f"this is an address; write the account identifier, which is {meant}")
    if not IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text!r} is no account identifier; write organization-account, such as myorg-account1")
    return text


def _meant(text: str) -> str:
    """The identifier in an address of an account or of Snowsight; empty when there is none."""
    if host := HOST.fullmatch(text.strip()):
        return host["account"] if IDENTIFIER.fullmatch(host["account"]) else ""
    if page := SNOWSIGHT.fullmatch(text.strip()):
        first, second = page["first"], page["second"]
        # Names of organizations have no hyphen; where there is one, it is a region, and a locator follows.
        return f"{second}.{first}" if "-" in first else f"{first}-{second}"
    return ""
